import { eachUsage } from "#kernel";

/** How deep the groups of a store's folders are: `blobs/sha256/<hex>`, `snapshots/<n>`, … */
const DEPTHS: Readonly<Record<string, number>> = {
  blobs: 3,
  indexes: 3,
  snapshots: 2,
  containers: 2,
  volumes: 2,
};

// SQLite's, there only while somebody has the database open: gone when du is asked after us.
const TRANSIENT = new Set(["db.sqlite-wal", "db.sqlite-shm"]);

/** Bytes on disk by group, such as `snapshots/7`; what is in no group is under "". */
export type StoreBlocks = ReadonlyMap<string, number>;

/**
 * What a store takes on disk, as `du -x` counts it, without the files that go when the database
 * is closed.
 */
export async function countBlocks(root: string): Promise<StoreBlocks> {
  const groups = new Map<string, number>();
  await eachUsage(root, (bytes, path) => {
    if (path.length === 1 && TRANSIENT.has(path[0]!)) return;
    const group = groupOf(path);
    groups.set(group, (groups.get(group) ?? 0) + bytes);
  });
  return groups;
}

function groupOf(path: readonly string[]): string {
  const depth = DEPTHS[path[0] ?? ""];
  return depth && path.length >= depth ? path.slice(0, depth).join("/") : "";
}
