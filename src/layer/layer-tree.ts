import { kindOf } from "#errors";
import {
  ConfinedDirectory,
  chmodAt,
  chmodFd,
  chownAt,
  chownFd,
  type InodeTime,
  makeDirectoryAt,
  type OpenDirectory,
  pathIn,
  removeDirectoryAt,
  setTimesAt,
  setTimesFd,
  statAt,
  statFd,
  unlinkAt,
} from "#kernel";
import { replaceImageXattrs, writeImageXattrs } from "./attributes.ts";
import { join, placeOf } from "./entry-rules.ts";
import {
  DEFAULT_ATTRIBUTES,
  type DirectoryAttributes,
  type LowerDirectories,
} from "./lower-directories.ts";
import { emptyDirectory, removeTreeAt } from "./remove-tree.ts";
import type { Whiteouts } from "./whiteouts.ts";

/**
 * The tree that a layer is written into: its directories, made where they are missing, and their
 * modification times, which every new name in them changes and which are therefore set last.
 */
export class LayerTree implements Disposable {
  readonly #inside: ConfinedDirectory;
  readonly #whiteouts: Whiteouts;
  readonly #lowers: LowerDirectories | undefined;
  readonly #times = new Map<string, InodeTime>();
  /** Paths that are known to be directories by their very names. */
  readonly #standing = new Set<string>();

  constructor(target: string, whiteouts: Whiteouts, lowers: LowerDirectories | undefined) {
    this.#inside = new ConfinedDirectory(target);
    this.#whiteouts = whiteouts;
    this.#lowers = lowers;
    this.#inheritRoot();
  }

  get root(): OpenDirectory {
    return this.#inside.root;
  }

  /** The directory of this path, made if it is missing. */
  directory(path: string): OpenDirectory {
    const directory = this.#inside.directory(path, (parent, name) => this.#make(parent, name));
    this.keepTime(directory);
    return directory;
  }

  /** The directory of this path if there is one. */
  existing(path: string): OpenDirectory | undefined {
    try {
      const directory = this.#inside.directory(path);
      this.keepTime(directory);
      return directory;
    } catch (error) {
      if (kindOf(error) === "failed-precondition") return undefined;
      throw error;
    }
  }

  /** The directory that has this very path, with no symlink in it, if there is one. */
  standing(path: string): OpenDirectory | undefined {
    return this.#isStanding(path) ? this.#inside.directory(path) : undefined;
  }

  /** Makes an inode, after what has its name is taken away. Gives whether that was a mark. */
  place(parent: OpenDirectory, name: string, make: () => void): boolean {
    this.#whiteouts.made(join(parent.path, name), false);
    try {
      make();
      return false;
    } catch (error) {
      if (kindOf(error) !== "already-exists") throw error;
    }
    const wasMark = this.clear(parent, name);
    make();
    return wasMark;
  }

  /** Removes a name with all below it; gives whether it was a whiteout's mark. */
  clear(parent: OpenDirectory, name: string): boolean {
    const found = statAt(parent.fd, name);
    if (!found) return false;
    if (found.type === "directory") removeTreeAt(parent.fd, name);
    else unlinkAt(parent.fd, name);
    // A directory or link that is gone must not be walked through by way of the cache.
    if (found.type === "directory" || found.type === "symlink") this.forget();
    this.#times.delete(join(parent.path, name));
    return this.#whiteouts.isMark(found);
  }

  /** Removes an empty directory. */
  removeDirectory(path: string): void {
    const { directory, name } = placeOf(path);
    removeDirectoryAt(this.#inside.directory(directory).fd, name);
    this.forget();
  }

  forget(): void {
    this.#inside.forget();
    this.#standing.clear();
  }

  /** Remembers the time that a directory has, unless another one is remembered. */
  keepTime({ fd, path }: OpenDirectory): void {
    if (!this.#times.has(path)) this.#times.set(path, statFd(fd).mtime);
  }

  /** Remembers the time that a directory is to have in the end. */
  setTime(path: string, mtime: InodeTime): void {
    this.#times.set(path, mtime);
  }

  finish(): void {
    this.#whiteouts.settle(this);
    for (const [path, mtime] of this.#times) {
      // A symlink that is in its place by now may lead anywhere, or in a circle.
      if (path === "" || !this.#isStanding(path)) continue;
      const { directory, name } = placeOf(path);
      setTimesAt(this.#inside.directory(directory).fd, name, mtime);
    }
    setTimesFd(this.root.fd, this.#times.get("")!);
  }

  empty(): void {
    this.forget();
    emptyDirectory(this.root);
  }

  [Symbol.dispose](): void {
    this.#inside[Symbol.dispose]();
  }

  #isStanding(path: string): boolean {
    if (path === "" || this.#standing.has(path)) return true;
    const { directory, name } = placeOf(path);
    if (!this.#isStanding(directory)) return false;
    const { fd } = this.#inside.directory(directory);
    if (statAt(fd, name)?.type !== "directory") return false;
    this.#standing.add(path);
    return true;
  }

  #inheritRoot(): void {
    this.keepTime(this.root);
    const lower = this.#lowers?.attributesOf("");
    if (!lower) return;
    setRootAttributes(this.root.fd, lower);
    this.#times.set("", lower.mtime);
  }

  /** A directory that the layer has no entry for: overlay shows it as the lower layers have it. */
  #make(parent: OpenDirectory, name: string): boolean {
    const found = statAt(parent.fd, name);
    if (found && !this.#whiteouts.isMark(found)) return false;
    this.keepTime(parent);
    if (found) unlinkAt(parent.fd, name);
    makeDirectoryAt(parent.fd, name);
    const path = join(parent.path, name);
    // What is below was removed: nothing of it can show, not even attributes.
    const isGone = found !== undefined || this.#whiteouts.isGone(path);
    this.#whiteouts.made(path, !isGone);
    const lower = isGone ? undefined : this.#lowers?.attributesOf(path);
    this.#setAttributes(parent, name, lower ?? DEFAULT_ATTRIBUTES);
    if (found) this.#whiteouts.hide(parent, name);
    return true;
  }

  #setAttributes(parent: OpenDirectory, name: string, attributes: DirectoryAttributes): void {
    const { uid, gid, mode, mtime, xattrs } = attributes;
    chownAt(parent.fd, name, uid, gid);
    chmodAt(parent.fd, name, mode);
    const path = join(parent.path, name);
    replaceImageXattrs(pathIn(parent.fd, name), xattrs, path, () => {});
    this.#times.set(path, mtime);
  }
}

/** Gives an open directory the attributes of another, apart from its time. */
export function setRootAttributes(
  fd: number,
  { uid, gid, mode, xattrs }: DirectoryAttributes,
): void {
  chownFd(fd, uid, gid);
  chmodFd(fd, mode);
  writeImageXattrs(fd, xattrs, "/", () => {});
}
