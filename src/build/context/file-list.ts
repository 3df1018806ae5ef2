import type { SelectedSource } from "./select.ts";
import type { PathFilter, SourceNode, SourceTree } from "./source-tree.ts";

/** A selected file and where it stands below what the user named (`""` for the source itself). */
export interface ListedFile {
  readonly node: SourceNode;
  readonly source: SelectedSource;
  readonly below: string;
}

/**
 * Everything that is selected, each source before what it holds, directories in order of name.
 * `filter` sees the paths below a source.
 */
export function listFiles(
  tree: SourceTree,
  sources: readonly SelectedSource[],
  filter?: PathFilter,
): ListedFile[] {
  const files: ListedFile[] = [];
  for (const source of sources) new Walk(tree, source, filter, files).from(source.node);
  return files;
}

class Walk {
  readonly #tree: SourceTree;
  readonly #source: SelectedSource;
  readonly #filter: PathFilter | undefined;
  readonly #files: ListedFile[];
  /** Where in a path the part below the source begins. */
  readonly #start: number;

  constructor(
    tree: SourceTree,
    source: SelectedSource,
    filter: PathFilter | undefined,
    files: ListedFile[],
  ) {
    this.#tree = tree;
    this.#source = source;
    this.#filter = filter;
    this.#files = files;
    this.#start = source.node.path === "" ? 0 : source.node.path.length + 1;
  }

  from(node: SourceNode): void {
    const isDirectory = node.inode.type === "directory";
    const below = node.path.slice(this.#start);
    const verdict = below === "" ? "kept" : this.#filter?.verdict(below, isDirectory);
    if (verdict === "left-out") return;
    this.#files.push({ node, source: this.#source, below });
    if (isDirectory) for (const child of this.#tree.list(node)) this.from(child);
  }
}
