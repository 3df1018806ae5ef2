import { lstatSync, readdirSync, readlinkSync, type Stats } from "node:fs";
import { decodePath, systemPath } from "#bytes";
import { fail } from "#errors";
import { reading } from "./reading.ts";

/** A file in a tree: its path from the tree's root without a leading slash (the root is ""). */
export interface SourceNode {
  readonly path: string;
  readonly stats: Stats;
}

/** Says which paths of a tree count as not there; a directory's verdict may be left open. */
export interface PathFilter {
  /** `partly` means a directory that is left out itself but may hold files that are not. */
  verdict(path: string, isDirectory: boolean): "kept" | "left-out" | "partly";
}

const KEEP_ALL: PathFilter = { verdict: () => "kept" };
const MOST_LINKS = 255;
const REPLACEMENT = "\uFFFD";

/**
 * The files that COPY can select from: a build context behind its ignore file, or the root of
 * another stage or image. Directories are read when first asked for and remembered. Nothing is
 * ever followed out of the root. Sockets count as not there, as in Docker: they mean nothing
 * without who listens.
 */
export class SourceTree {
  readonly root: string;
  readonly #filter: PathFilter;
  readonly #nodes = new Map<string, SourceNode | undefined>();
  readonly #children = new Map<string, SourceNode[]>();

  constructor(root: string, filter: PathFilter = KEEP_ALL) {
    this.root = root;
    this.#filter = filter;
  }

  /** Where a path is on this machine. */
  locate(path: string): string {
    return path === "" ? this.root : `${this.root}/${path}`;
  }

  /** The file at a path, itself not followed; its directories must be real ones. */
  find(path: string): SourceNode | undefined {
    if (this.#nodes.has(path)) return this.#nodes.get(path);
    const node = this.#find(path);
    this.#nodes.set(path, node);
    return node;
  }

  /** What a directory holds, in order of name. */
  list(directory: SourceNode): readonly SourceNode[] {
    const known = this.#children.get(directory.path);
    if (known !== undefined) return known;
    const children: SourceNode[] = [];
    for (const name of this.#names(directory.path)) {
      const child = this.#keep(directory.path === "" ? name : `${directory.path}/${name}`);
      if (child !== undefined) children.push(child);
    }
    this.#children.set(directory.path, children);
    return children;
  }

  /**
   * The file at a path with every symlink in it followed, the last one too, as if the tree's
   * root were `/`. Undefined when there is none; fails with `failed-precondition` on a loop.
   */
  follow(path: string): SourceNode | undefined {
    let rest = segmentsOf(path);
    let at: string[] = [];
    for (let links = 0; rest.length > 0; ) {
      const [segment, ...after] = rest;
      rest = after;
      if (segment === "..") at = at.slice(0, -1);
      if (segment === "..") continue;
      const node = this.find([...at, segment].join("/"));
      if (node === undefined) return undefined;
      if (!node.stats.isSymbolicLink()) at.push(segment!);
      else [at, rest] = this.#target(node, at, rest, ++links);
    }
    return this.find(at.join("/"));
  }

  /** The target of a symlink as it is written. */
  readLink(node: SourceNode): string {
    const path = systemPath(this.locate(node.path));
    return decodePath(reading(node.path, () => readlinkSync(path, { encoding: "buffer" })));
  }

  #target(node: SourceNode, at: string[], rest: string[], links: number): [string[], string[]] {
    if (links > MOST_LINKS)
      fail("failed-precondition", `too many levels of symbolic links: /${node.path}`);
    const target = this.readLink(node);
    return [target.startsWith("/") ? [] : at, [...segmentsOf(target), ...rest]];
  }

  #find(path: string): SourceNode | undefined {
    if (path === "") return this.#stat("");
    const parent = this.find(path.slice(0, Math.max(path.lastIndexOf("/"), 0)));
    return parent?.stats.isDirectory() ? this.#keep(path) : undefined;
  }

  #keep(path: string): SourceNode | undefined {
    const node = this.#stat(path);
    if (node === undefined || node.stats.isSocket()) return undefined;
    const verdict = this.#filter.verdict(path, node.stats.isDirectory());
    if (verdict === "partly") return this.list(node).length > 0 ? node : undefined;
    return verdict === "kept" ? node : undefined;
  }

  #stat(path: string): SourceNode | undefined {
    const place = systemPath(this.locate(path));
    const stats = reading(path, () => lstatSync(place, { throwIfNoEntry: false }));
    return stats && { path, stats };
  }

  #names(path: string): string[] {
    const directory = systemPath(this.locate(path));
    const names = reading(path, () => readdirSync(directory));
    if (!names.some((name) => name.includes(REPLACEMENT))) return names.sort();
    return readdirSync(directory, { encoding: "buffer" }).map(decodePath).sort();
  }
}

/** The names in a path; empty and `.` ones are nothing. */
export function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "" && segment !== ".");
}
