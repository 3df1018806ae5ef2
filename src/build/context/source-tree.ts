import { fail } from "#errors";
import {
  AT_FDCWD,
  closeFd,
  type Inode,
  OpenFlag,
  openAt,
  readLinkAt,
  readNames,
  statAt,
} from "#kernel";
import { reading } from "./reading.ts";

/** A file in a tree: its path from the tree's root without a leading slash (the root is ""). */
export interface SourceNode {
  readonly path: string;
  readonly inode: Inode;
  /** Whether it has extended attributes that a layer takes along, once somebody has looked. */
  hasXattrs: boolean | undefined;
}

/** Says which paths of a tree count as not there; a directory's verdict may be left open. */
export interface PathFilter {
  /** `partly` means a directory that is left out itself but may hold files that are not. */
  verdict(path: string, isDirectory: boolean): "kept" | "left-out" | "partly";
}

const KEEP_ALL: PathFilter = { verdict: () => "kept" };
const MOST_LINKS = 255;

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

  /** Where a path is on this machine; of a root that is given as a link, where that leads. */
  locate(path: string): string {
    return `${this.root}/${path === "" ? "." : path}`;
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
    const children = this.#read(directory.path).filter((child) => this.#isKept(child));
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
      if (node.inode.type !== "symlink") at.push(segment!);
      else [at, rest] = this.#target(node, at, rest, ++links);
    }
    return this.find(at.join("/"));
  }

  /** The target of a symlink as it is written. */
  readLink(node: SourceNode): string {
    const target = reading(node.path, () => readLinkAt(AT_FDCWD, this.locate(node.path)));
    return (
      target ?? fail("failed-precondition", `"/${node.path}" is no symlink any more: try again`)
    );
  }

  #target(node: SourceNode, at: string[], rest: string[], links: number): [string[], string[]] {
    if (links > MOST_LINKS)
      fail("failed-precondition", `too many levels of symbolic links: /${node.path}`);
    const target = this.readLink(node);
    return [target.startsWith("/") ? [] : at, [...segmentsOf(target), ...rest]];
  }

  #find(path: string): SourceNode | undefined {
    if (path === "") return this.#stat(AT_FDCWD, this.locate(path), path);
    const parent = this.find(path.slice(0, Math.max(path.lastIndexOf("/"), 0)));
    if (parent?.inode.type !== "directory") return undefined;
    const node = this.#stat(AT_FDCWD, this.locate(path), path);
    return node && this.#isKept(node) ? node : undefined;
  }

  #isKept(node: SourceNode): boolean {
    const { path, inode } = node;
    if (inode.type === "socket" || inode.type === "unknown") return false;
    const verdict = this.#filter.verdict(path, inode.type === "directory");
    return verdict === "partly" ? this.list(node).length > 0 : verdict === "kept";
  }

  /** Names are looked up in the open directory, which is shorter than by their paths. */
  #read(path: string): SourceNode[] {
    const fd = reading(path, () => openAt(AT_FDCWD, this.locate(path), OpenFlag.directory));
    try {
      const nodes: SourceNode[] = [];
      for (const name of reading(path, () => readNames(fd)).sort()) {
        const node = this.#stat(fd, name, path === "" ? name : `${path}/${name}`);
        if (node !== undefined) nodes.push(node);
      }
      return nodes;
    } finally {
      closeFd(fd);
    }
  }

  #stat(directory: number, name: string, path: string): SourceNode | undefined {
    const inode = reading(path, () => statAt(directory, name));
    return inode && { path, inode, hasXattrs: undefined };
  }
}

/** The names in a path; empty and `.` ones are nothing. */
export function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "" && segment !== ".");
}
