import { fail } from "#errors";
import {
  getXattr,
  type Inode,
  makeNodeAt,
  type OpenDirectory,
  pathIn,
  readNames,
  setXattr,
  statAt,
  unlinkAt,
} from "#kernel";
import { join, placeOf } from "./entry-rules.ts";
import type { LowerDirectories } from "./lower-directories.ts";
import { isWhiteoutDevice } from "./whiteout-device.ts";
import type { SettlingTree, Whiteouts } from "./whiteouts.ts";

const YES = Buffer.from("y");

/**
 * Overlay's own marks, in a directory that holds nothing but this layer. What they mean depends
 * on the entries that are still to come, so that in the end some of them go again.
 */
export class OverlayWhiteouts implements Whiteouts {
  readonly needsDirectory = true;
  readonly #opaque: string;
  readonly #lowers: LowerDirectories | undefined;
  /** Directories without an entry. */
  readonly #implied = new Set<string>();
  /** Directories in which something was taken away. */
  readonly #marked = new Set<string>();
  /** The layers below, once all that shows in their root is taken away. */
  #hidden: LowerDirectories | undefined;

  constructor(xattrPrefix: string, lowers: LowerDirectories | undefined) {
    this.#opaque = `${xattrPrefix}opaque`;
    this.#lowers = lowers;
  }

  made(path: string, isImplied: boolean): void {
    if (isImplied) this.#implied.add(path);
    else this.#implied.delete(path);
  }

  hide(parent: OpenDirectory, name: string): void {
    this.#marked.add(parent.path);
    const own = statAt(parent.fd, name);
    if (!own) makeNodeAt(parent.fd, name, "char", 0);
    // A file hides what is below by itself, a directory would be merged with it.
    if (own?.type === "directory") setXattr(pathIn(parent.fd, name), this.#opaque, YES);
  }

  hideAll(directory: OpenDirectory): void {
    this.#marked.add(directory.path);
    if (directory.path !== "") {
      setXattr(directory.fd, this.#opaque, YES);
      return;
    }
    if (!this.#lowers)
      fail(
        "failed-precondition",
        "the layer hides the whole root of the layers below it: they have to be applied before it",
      );
    this.#hidden = this.#lowers;
  }

  isMark(inode: Inode): boolean {
    return isWhiteoutDevice(inode);
  }

  isGone(path: string): boolean {
    return this.#hidden !== undefined && !path.includes("/");
  }

  settle(tree: SettlingTree): void {
    const marked = [...this.#marked];
    for (const path of marked) this.#dropMarks(tree, path);
    for (const path of marked) this.#dropBare(tree, path);
    if (this.#hidden) this.#hideRoot(tree.root, this.#hidden);
  }

  /** A mark with nothing to take away would show in listings as a broken file. */
  #dropMarks(tree: SettlingTree, path: string): void {
    const isCovered = this.#isCovered(tree, path);
    const directory = tree.standing(path);
    if (!directory) return;
    for (const name of readNames(directory.fd)) {
      const inode = statAt(directory.fd, name);
      if (!inode || !this.isMark(inode)) continue;
      if (isCovered || this.#lowers?.has(join(path, name)) === false) unlinkAt(directory.fd, name);
    }
  }

  /** Whether nothing that lower layers have in a directory shows anyway. */
  #isCovered(tree: SettlingTree, path: string): boolean {
    if (path === "") return this.#hidden !== undefined;
    const directory = tree.standing(path);
    if (directory && this.#isOpaque(directory)) return true;
    return this.#isCovered(tree, placeOf(path).directory);
  }

  /** Removes directories that were only there for marks, from the innermost on. */
  #dropBare(tree: SettlingTree, path: string): void {
    const directory = this.#implied.has(path) ? tree.standing(path) : undefined;
    if (!directory || readNames(directory.fd).length > 0) return;
    if (this.#isOpaque(directory) && this.#lowers?.merged(path).length !== 0) return;
    tree.removeDirectory(path);
    this.#implied.delete(path);
    this.#dropBare(tree, placeOf(path).directory);
  }

  #isOpaque({ fd }: OpenDirectory): boolean {
    return getXattr(fd, this.#opaque) !== undefined;
  }

  /** The kernel merges the roots of layers even where one is opaque: every name is hidden alone. */
  #hideRoot(root: OpenDirectory, lowers: LowerDirectories): void {
    for (const name of lowers.names(lowers.roots)) this.hide(root, name);
  }
}
