import {
  closeFd,
  type Inode,
  type OpenDirectory,
  readNames,
  removeDirectoryAt,
  statAt,
  tryOpenDirectoryAt,
  unlinkAt,
} from "#kernel";
import { join } from "./entry-rules.ts";

/** How what a layer takes away from the layers below it is put on the file system. */
export interface Whiteouts {
  /** Whether a whiteout needs its directory even when nothing else is in it. */
  readonly needsDirectory: boolean;
  /** The layer has an inode of its own at this path, which may only be implied by what is in it. */
  made(path: string, isImplied: boolean): void;
  /** Takes away what lower layers have at a name; what this layer has there stays. */
  hide(parent: OpenDirectory, name: string): void;
  /** Takes away all that lower layers have in a directory. */
  hideAll(directory: OpenDirectory): void;
  /** Whether this inode is a mark and not content. */
  isMark(inode: Inode): boolean;
  /** Whether what lower layers have at this path was taken away without a mark there. */
  isGone(path: string): boolean;
  /** All entries are in the tree. */
  settle(tree: SettlingTree): void;
}

/** A tree whose entries are all in it. */
export interface SettlingTree {
  readonly root: OpenDirectory;
  /** The directory that has this very path, with no symlink in it, if there is one. */
  standing(path: string): OpenDirectory | undefined;
  /** Removes an empty directory. */
  removeDirectory(path: string): void;
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
  isGone(): boolean {
    return false;
  }
  settle(): void {}
}

/** Removal from a directory that holds the tree of all layers below. */
export class RemovingWhiteouts implements Whiteouts {
  readonly needsDirectory = false;
  readonly #changing: (directory: OpenDirectory) => void;
  readonly #own = new Set<string>();

  /** Is told of each directory before something in it is removed. */
  constructor(changing: (directory: OpenDirectory) => void) {
    this.#changing = changing;
  }

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
    this.#changing(directory);
    for (const name of readNames(directory.fd)) this.hide(directory, name);
  }

  isMark(): boolean {
    return false;
  }

  isGone(): boolean {
    return false;
  }

  settle(): void {}
}
