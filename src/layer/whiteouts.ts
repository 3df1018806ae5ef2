import { fail } from "#errors";
import {
  closeFd,
  type Inode,
  makeNodeAt,
  type OpenDirectory,
  pathIn,
  readNames,
  removeDirectoryAt,
  setXattr,
  statAt,
  tryOpenDirectoryAt,
  unlinkAt,
} from "#kernel";
import { join } from "./entry-rules.ts";
import type { LowerDirectories } from "./lower-directories.ts";
import { isWhiteoutDevice } from "./whiteout-device.ts";

/** How what a layer takes away from the layers below it is put on the file system. */
export interface Whiteouts {
  /** Whether a whiteout needs its directory even when nothing else is in it. */
  readonly needsDirectory: boolean;
  /** The layer has an inode of its own at this path. */
  made(path: string): void;
  /** Takes away what lower layers have at a name; what this layer has there stays. */
  hide(parent: OpenDirectory, name: string): void;
  /** Takes away all that lower layers have in a directory. */
  hideAll(directory: OpenDirectory): void;
  /** Whether this inode is a mark and not content. */
  isMark(inode: Inode): boolean;
}

const YES = Buffer.from("y");

/** Overlay's own marks, in a directory that holds nothing but this layer. */
export class OverlayWhiteouts implements Whiteouts {
  readonly needsDirectory = true;
  readonly #opaque: string;
  readonly #lowers: LowerDirectories | undefined;

  constructor(xattrPrefix: string, lowers: LowerDirectories | undefined) {
    this.#opaque = `${xattrPrefix}opaque`;
    this.#lowers = lowers;
  }

  made(): void {}

  hide(parent: OpenDirectory, name: string): void {
    const own = statAt(parent.fd, name);
    // A mark with nothing below it would show in listings as a broken file.
    if (!own && this.#lowers?.has(join(parent.path, name)) !== false)
      makeNodeAt(parent.fd, name, "char", 0);
    // A file hides what is below by itself, a directory would be merged with it.
    if (own?.type === "directory") setXattr(pathIn(parent.fd, name), this.#opaque, YES);
  }

  hideAll(directory: OpenDirectory): void {
    if (directory.path === "") this.#hideRoot(directory);
    else setXattr(directory.fd, this.#opaque, YES);
  }

  isMark(inode: Inode): boolean {
    return isWhiteoutDevice(inode);
  }

  /** The kernel merges the roots of layers even where one is opaque: every name is hidden alone. */
  #hideRoot(root: OpenDirectory): void {
    if (!this.#lowers)
      fail(
        "failed-precondition",
        "the layer hides the whole root of the layers below it: they have to be applied before it",
      );
    for (const name of this.#lowers.names(this.#lowers.roots)) this.hide(root, name);
  }
}

/** Nothing: there are no layers below. */
export class NoWhiteouts implements Whiteouts {
  readonly needsDirectory = false;
  made(): void {}
  hide(): void {}
  hideAll(): void {}
  isMark(): boolean {
    return false;
  }
}

/** Removal from a directory that holds the tree of all layers below. */
export class RemovingWhiteouts implements Whiteouts {
  readonly needsDirectory = false;
  readonly #own = new Set<string>();

  made(path: string): void {
    this.#own.add(path);
  }

  hide(parent: OpenDirectory, name: string): void {
    const path = join(parent.path, name);
    const fd = tryOpenDirectoryAt(parent.fd, name);
    if (fd === undefined) {
      if (!this.#own.has(path) && statAt(parent.fd, name)) unlinkAt(parent.fd, name);
      return;
    }
    try {
      this.hideAll({ fd, path });
      if (!this.#own.has(path) && readNames(fd).length === 0) removeDirectoryAt(parent.fd, name);
    } finally {
      closeFd(fd);
    }
  }

  hideAll(directory: OpenDirectory): void {
    for (const name of readNames(directory.fd)) this.hide(directory, name);
  }

  isMark(): boolean {
    return false;
  }
}
