import { matchGlob } from "#dockerfile";
import { fail } from "#errors";
import { type SourceNode, type SourceTree, segmentsOf } from "./source-tree.ts";

/** One thing that a COPY source names. */
export interface SelectedSource {
  /** The last name of its path as written or matched; a file goes by it into a directory. */
  readonly name: string;
  /** The file itself: a symlink given as a source is followed. */
  readonly node: SourceNode;
}

const WILDCARDS = /[*?[\\]/;

/**
 * What one source of COPY or ADD selects: a path, or a pattern with Go's `path.Match` wildcards,
 * whose matches come in order of name. Undefined when a path without wildcards names nothing.
 */
export function selectSources(tree: SourceTree, source: string): SelectedSource[] | undefined {
  const segments = cleanSegments(source);
  const wild = segments.findIndex((segment) => WILDCARDS.test(segment));
  if (wild < 0) return selectPath(tree, segments);
  const start = tree.follow(segments.slice(0, wild).join("/"));
  const patterns = segments.slice(wild);
  return start === undefined ? [] : expand(tree, [start], patterns).flatMap(followed(tree));
}

/** Whether a source is a pattern, which may match nothing. */
export function hasWildcards(source: string): boolean {
  return WILDCARDS.test(source);
}

function selectPath(tree: SourceTree, segments: string[]): SelectedSource[] | undefined {
  const node = tree.follow(segments.join("/"));
  return node && [{ name: segments.at(-1) ?? "", node }];
}

/** `..` cannot leave the root of the tree: `COPY ../x` means `COPY x`, as in BuildKit. */
export function cleanSegments(source: string): string[] {
  const clean: string[] = [];
  for (const segment of segmentsOf(source)) {
    if (segment === "..") clean.pop();
    else clean.push(segment);
  }
  return clean;
}

function expand(tree: SourceTree, from: SourceNode[], patterns: readonly string[]): SourceNode[] {
  const [pattern, ...rest] = patterns;
  if (pattern === undefined) return from;
  const directories = from.filter((node) => node.inode.type === "directory");
  const matches = directories.flatMap((node) =>
    tree.list(node).filter((child) => matchGlob(pattern, baseName(child.path))),
  );
  return expand(tree, matches, rest);
}

function followed(tree: SourceTree) {
  return (match: SourceNode): SelectedSource[] => {
    const node = match.inode.type === "symlink" ? tree.follow(match.path) : match;
    if (node === undefined) failDangling(tree, match);
    return [{ name: baseName(match.path), node }];
  };
}

function failDangling(tree: SourceTree, link: SourceNode): never {
  const target = tree.readLink(link);
  return fail("not-found", `"/${link.path}": not found: it is a symlink to ${target}`);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
