import type { ErofsInode } from "#erofs";
import { fail } from "#errors";
import { shown } from "./entry-rules.ts";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** An inode of a layer while it is put together; the same one under two names is a hard link. */
export interface TreeNode extends Omit<Writable<ErofsInode>, "children"> {
  children?: Map<string, TreeNode>;
}

export interface TreeDirectory extends TreeNode {
  children: Map<string, TreeNode>;
}

/** A directory and where it really is, symlinks resolved; "" is the root. */
export interface TreePlace {
  readonly node: TreeDirectory;
  readonly path: string;
  readonly above: TreePlace | undefined;
  readonly depth: number;
}

export const NO_XATTRS: ReadonlyMap<string, Uint8Array> = new Map();

/** Overlay's attribute of a directory in which nothing of the layers below shows. */
const OPAQUE_XATTR = "trusted.overlay.opaque";
/** Ours, in overlay's namespace, which no layer can forge: the layer has no entry for this directory. */
const IMPLIED_XATTR = "trusted.overlay.implied";
/** Ours too, on the root: no other directory is like that, and nothing is taken away. */
const SETTLED_XATTR = "trusted.overlay.settled";
const YES = Buffer.from("y");
const EPOCH = { seconds: 0, nanoseconds: 0 } as const;

/** As the kernel has it (path_resolution(7)). */
const MOST_LINKS = 40;
const MOST_DEPTH = 512;
const MOST_STEPS = 8192;
/** Directories of a layer that it has no entries for: one path can tell of hundreds. */
const MOST_IMPLIED = 1_000_000;

/** A directory that only the entries in it tell of. */
export function impliedDirectory(): TreeDirectory {
  const xattrs = new Map([[IMPLIED_XATTR, YES]]);
  return { ...OWNED_BY_ROOT, type: "directory", xattrs, children: new Map() };
}

export function isImplied({ xattrs }: Pick<ErofsInode, "xattrs">): boolean {
  return xattrs.has(IMPLIED_XATTR);
}

const OWNED_BY_ROOT = { mode: 0o755, uid: 0, gid: 0, mtime: EPOCH } as const;

type Xattrs = ReadonlyMap<string, Uint8Array>;

export function withoutImplied(xattrs: Xattrs): Xattrs {
  return without(xattrs, IMPLIED_XATTR);
}

export function withoutOpaque(xattrs: Xattrs): Xattrs {
  return without(xattrs, OPAQUE_XATTR);
}

function without(xattrs: Xattrs, name: string): Xattrs {
  return xattrs.has(name) ? new Map([...xattrs].filter(([each]) => each !== name)) : xattrs;
}

/** Says of the root that the tree, apart from itself, means the same on any layers below. */
export function markSettled(root: TreeNode): void {
  root.xattrs = new Map([...root.xattrs, [SETTLED_XATTR, YES]]);
}

export function isSettled({ xattrs }: Pick<ErofsInode, "xattrs">): boolean {
  return xattrs.has(SETTLED_XATTR);
}

/** What overlay takes for the removal of a name (Documentation/filesystems/overlayfs.rst). */
export function whiteout(): TreeNode {
  const attributes = { mode: 0, uid: 0, gid: 0, mtime: EPOCH, xattrs: NO_XATTRS };
  return { type: "char", ...attributes, deviceMajor: 0, deviceMinor: 0 };
}

export function isWhiteout(
  node: Pick<ErofsInode, "type" | "deviceMajor" | "deviceMinor">,
): boolean {
  return node.type === "char" && node.deviceMajor === 0 && node.deviceMinor === 0;
}

export function isDirectory(node: TreeNode | undefined): node is TreeDirectory {
  return node?.type === "directory";
}

export function isOpaque({ xattrs }: Pick<ErofsInode, "xattrs">): boolean {
  return xattrs.has(OPAQUE_XATTR);
}

/** Marks a directory as one in which nothing of the layers below shows. */
export function makeOpaque(directory: TreeNode): void {
  directory.xattrs = new Map([...directory.xattrs, [OPAQUE_XATTR, YES]]);
}

/**
 * The tree of one layer in memory. Paths go through its symlinks as under chroot(2), with the
 * root standing for `/` and for whatever is above it, just as `ConfinedDirectory` walks on disk.
 */
export class IndexTree {
  readonly root: TreePlace = {
    node: impliedDirectory(),
    path: "",
    above: undefined,
    depth: 0,
  };
  #last: { asked: string; place: TreePlace } | undefined;
  #implied = 0;

  /** Whether every directory but the root has an entry. */
  get isExplicit(): boolean {
    return this.#implied === 0;
  }

  /**
   * The directory of this path, made where it is missing. Fails with `failed-precondition` where
   * a part is no directory, and with `resource-exhausted` for too many symlinks, too deep a path or
   * too many directories made.
   */
  directory(path: string): TreePlace {
    if (this.#last?.asked === path) return this.#last.place;
    const place = this.#walk(path, (parent, name) => this.#enter(parent, name));
    if (place === undefined)
      return fail("failed-precondition", `a part of ${shown(path)} is no directory`);
    this.#last = { asked: path, place };
    return place;
  }

  /** The directory of this path if there is one. */
  existing(path: string): TreePlace | undefined {
    return this.#last?.asked === path ? this.#last.place : this.#walk(path, childDirectory);
  }

  /** To be called when a directory or symlink is removed or replaced. */
  forget(): void {
    this.#last = undefined;
  }

  #enter(parent: TreePlace, name: string): TreePlace | undefined {
    const found = parent.node.children.get(name);
    if (found && !isWhiteout(found)) return childDirectory(parent, name);
    this.#implied++;
    if (this.#implied > MOST_IMPLIED)
      fail(
        "resource-exhausted",
        `the layer has more than ${MOST_IMPLIED} directories without entries`,
      );
    const made = impliedDirectory();
    const isGone = found !== undefined || (parent === this.root && isOpaque(parent.node));
    // What is below was removed: nothing of it can show, not even attributes.
    if (isGone) made.xattrs = NO_XATTRS;
    if (found) makeOpaque(made);
    parent.node.children.set(name, made);
    return placeBelow(parent, name, made);
  }

  #walk(path: string, enter: Enter): TreePlace | undefined {
    const pending = path.split("/").reverse();
    let place = this.root;
    let links = 0;
    for (let steps = 0; pending.length > 0; steps++) {
      if (links > MOST_LINKS || steps > MOST_STEPS)
        fail("resource-exhausted", `${shown(path)} goes through too many symlinks`);
      const part = pending.pop()!;
      if (part === "" || part === ".") continue;
      if (part === "..") place = place.above ?? this.root;
      else {
        const target = place.node.children.get(part)?.linkPath;
        const next = target === undefined ? enter(place, part) : place;
        if (next === undefined) return undefined;
        place = target?.startsWith("/") ? this.root : next;
        if (target === undefined) continue;
        links++;
        pending.push(...target.split("/").reverse());
      }
    }
    return place;
  }
}

type Enter = (place: TreePlace, name: string) => TreePlace | undefined;

function childDirectory(place: TreePlace, name: string): TreePlace | undefined {
  const node = place.node.children.get(name);
  return isDirectory(node) ? placeBelow(place, name, node) : undefined;
}

function placeBelow(above: TreePlace, name: string, node: TreeDirectory): TreePlace {
  const path = above.path === "" ? name : `${above.path}/${name}`;
  const depth = above.depth + 1;
  if (depth > MOST_DEPTH)
    fail("resource-exhausted", `directories are nested too deeply: ${path.slice(0, 80)}…`);
  return { node, path, above, depth };
}
