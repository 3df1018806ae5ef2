import {
  AT_FDCWD,
  closeFd,
  type Inode,
  inodeKey,
  readNames,
  statAt,
  statFd,
  tryOpenDirectoryAt,
} from "#kernel";

const BLOCK = 512;

/** Timers and signals get their turn after this many entries. */
const ENTRIES_BETWEEN_TURNS = 2000;

/** Bytes on disk of a directory and all in it, as du(1) counts them; 0 when there is none. */
export async function diskUsage(directory: string): Promise<number> {
  return await new Count().directory(AT_FDCWD, directory);
}

class Count {
  readonly #linked = new Set<string>();
  #entries = 0;

  async directory(parent: number, name: string): Promise<number> {
    const fd = tryOpenDirectoryAt(parent, name);
    if (fd === undefined) return 0;
    try {
      let bytes = statFd(fd).blocks * BLOCK;
      for (const child of readNames(fd)) bytes += await this.#entry(fd, child);
      return bytes;
    } finally {
      closeFd(fd);
    }
  }

  async #entry(directory: number, name: string): Promise<number> {
    if (++this.#entries % ENTRIES_BETWEEN_TURNS === 0) await new Promise(setImmediate);
    const inode = statAt(directory, name);
    if (inode?.type === "directory") return await this.directory(directory, name);
    return inode && this.#isNew(inode) ? inode.blocks * BLOCK : 0;
  }

  #isNew(inode: Inode): boolean {
    if (inode.linkCount === 1) return true;
    const before = this.#linked.size;
    return this.#linked.add(inodeKey(inode)).size > before;
  }
}
