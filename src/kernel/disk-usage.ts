import { readNames } from "./file-content.ts";
import { closeFd, type Inode, inodeKey, statAt, statFd, tryOpenDirectoryAt } from "./inode.ts";
import { AT_FDCWD } from "./libc.ts";

const BLOCK = 512;

/** Timers and signals get their turn after this many entries. */
const ENTRIES_BETWEEN_TURNS = 2000;

/** Told of each file: the bytes it takes on disk, and its names from the directory on down. */
export type OnUsage = (bytes: number, path: readonly string[]) => void;

/**
 * Goes through a directory, itself included, as `du -x` does: blocks count, a hard-linked file
 * once, other file systems not. A directory that is not there has nothing to tell.
 */
export async function eachUsage(directory: string, onUsage: OnUsage): Promise<void> {
  await new UsageWalk(onUsage).directory(AT_FDCWD, directory, []);
}

class UsageWalk {
  readonly #onUsage: OnUsage;
  readonly #linked = new Set<string>();
  #device: number | undefined;
  #entries = 0;

  constructor(onUsage: OnUsage) {
    this.#onUsage = onUsage;
  }

  async directory(parent: number, name: string, path: readonly string[]): Promise<void> {
    const fd = tryOpenDirectoryAt(parent, name);
    if (fd === undefined) return;
    try {
      const inode = statFd(fd);
      this.#device ??= inode.device;
      if (inode.device !== this.#device) return;
      this.#onUsage(inode.blocks * BLOCK, path);
      for (const child of readNames(fd)) await this.#entry(fd, child, [...path, child]);
    } finally {
      closeFd(fd);
    }
  }

  async #entry(directory: number, name: string, path: readonly string[]): Promise<void> {
    if (++this.#entries % ENTRIES_BETWEEN_TURNS === 0) await new Promise(setImmediate);
    const inode = statAt(directory, name);
    if (inode?.type === "directory") await this.directory(directory, name, path);
    else if (inode && inode.device === this.#device && this.#isNew(inode))
      this.#onUsage(inode.blocks * BLOCK, path);
  }

  #isNew(inode: Inode): boolean {
    if (inode.linkCount === 1) return true;
    const before = this.#linked.size;
    return this.#linked.add(inodeKey(inode)).size > before;
  }
}
