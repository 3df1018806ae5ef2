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
const ENTRIES_BETWEEN_TURNS = 2000;

/** How deep the groups of a store's folders are: `blobs/sha256/<hex>`, `snapshots/<n>`, … */
const DEPTHS: Readonly<Record<string, number>> = {
  blobs: 3,
  snapshots: 2,
  containers: 2,
  volumes: 2,
};

// SQLite's, there only while somebody has the database open: gone when du is asked after us.
const TRANSIENT = new Set(["db.sqlite-wal", "db.sqlite-shm"]);

/** Bytes on disk by group, such as `snapshots/7`; what is in no group is under "". */
export type StoreBlocks = ReadonlyMap<string, number>;

/**
 * What a store takes on disk, as `du -x` counts it: blocks, directories included, a hard-linked
 * file once, other file systems not. Without the files that go when the database is closed.
 */
export async function countBlocks(root: string): Promise<StoreBlocks> {
  const count = new Count();
  await count.directory(AT_FDCWD, root, []);
  return count.groups;
}

class Count {
  readonly groups = new Map<string, number>();
  readonly #linked = new Set<string>();
  #device: string | undefined;
  #entries = 0;

  async directory(parent: number, name: string, path: readonly string[]): Promise<void> {
    const fd = tryOpenDirectoryAt(parent, name);
    if (fd === undefined) return;
    try {
      const inode = statFd(fd);
      this.#device ??= inode.device;
      if (inode.device !== this.#device) return;
      this.#add(path, inode);
      for (const child of readNames(fd))
        if (path.length > 0 || !TRANSIENT.has(child))
          await this.#entry(fd, child, [...path, child]);
    } finally {
      closeFd(fd);
    }
  }

  async #entry(directory: number, name: string, path: readonly string[]): Promise<void> {
    if (++this.#entries % ENTRIES_BETWEEN_TURNS === 0) await new Promise(setImmediate);
    const inode = statAt(directory, name);
    if (inode?.type === "directory") await this.directory(directory, name, path);
    else if (inode && inode.device === this.#device && this.#isNew(inode)) this.#add(path, inode);
  }

  #add(path: readonly string[], { blocks }: Inode): void {
    const depth = DEPTHS[path[0] ?? ""];
    const group = depth && path.length >= depth ? path.slice(0, depth).join("/") : "";
    this.groups.set(group, (this.groups.get(group) ?? 0) + blocks * BLOCK);
  }

  #isNew(inode: Inode): boolean {
    if (inode.linkCount === 1) return true;
    const before = this.#linked.size;
    return this.#linked.add(inodeKey(inode)).size > before;
  }
}
