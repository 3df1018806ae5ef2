import type { BlobInfo } from "#content";
import type { ChainId } from "#oci";
import type { Snapshotter } from "#snapshot";
import type { SnapshotRow } from "#state";
import { type Holdings, isLearned, learn, readRoots } from "./holdings.ts";
import type { ImageStore } from "./image-store.ts";
import { type Marks, markAll } from "./mark.ts";

/** What a collection took away, and what was needed when it looked. */
export interface Collected {
  readonly blobs: readonly BlobInfo[];
  readonly chains: readonly ChainId[];
  /** Bytes that the store got smaller by. */
  readonly bytes: number;
  readonly needed: Marks;
}

/**
 * Removes every blob, layer record and committed snapshot that no image, container, cache record
 * or living lease needs. What is needed is settled and the rest removed in one transaction, so
 * that nobody can come to rely on something in between; images' blobs are read before it, and
 * again when one came in meanwhile.
 */
export async function collectGarbage(store: ImageStore): Promise<Collected> {
  const holdings: Holdings = { layers: new Map(), blobs: new Map() };
  const snapshotter = hasSnapshots(store) ? await store.snapshotter() : undefined;
  await snapshotter?.repair();
  for (;;) {
    await learn(store.content, holdings, readRoots(store.state));
    const sizes = await usageOf(snapshotter, surplus(store, markNow(store, holdings)));
    const swept = store.state.transaction(() => {
      const roots = readRoots(store.state);
      if (!isLearned(holdings, roots)) return undefined;
      const needed = markAll(store.state, holdings, roots);
      // Snapshots first: a blob that they have a link to is not freed with them, but with its own.
      const snapshots = sweepSnapshots(store, snapshotter, needed);
      return { needed, ...snapshots, ...sweepBlobs(store, needed) };
    });
    if (swept === undefined) continue;
    await Promise.all(swept.removed);
    const trees = swept.chains.reduce((sum, chain) => sum + (sizes.get(chain) ?? 0), 0);
    const bytes = swept.blobs.reduce((sum, { size }) => sum + size, trees);
    return { blobs: swept.blobs, chains: swept.chains, bytes, needed: swept.needed };
  }
}

function hasSnapshots({ state }: ImageStore): boolean {
  return state.snapshots.list().length > 0;
}

function markNow({ state }: ImageStore, holdings: Holdings): Marks {
  return markAll(state, holdings, readRoots(state));
}

function sweepBlobs({ content, state, indexes }: ImageStore, needed: Marks): { blobs: BlobInfo[] } {
  const present = [...content.list()];
  const blobs = present.filter(({ digest }) => !needed.blobs.has(digest));
  for (const { digest } of blobs) content.delete(digest);
  const kept = new Set(present.map(({ digest }) => digest)).intersection(needed.blobs);
  for (const { blob } of state.layers.list()) if (!kept.has(blob)) state.layers.delete(blob);
  // A layer on its way in is held and has an index before it has a row.
  const recorded = state.layers.list().map(({ diffId }) => diffId);
  indexes.keepOnly(needed.layers.union(new Set(recorded)));
  return { blobs };
}

function sweepSnapshots(
  store: ImageStore,
  snapshotter: Snapshotter | undefined,
  needed: Marks,
): { chains: ChainId[]; removed: Promise<void>[] } {
  const chains = snapshotter === undefined ? [] : surplus(store, needed);
  return { chains, removed: chains.map((chain) => snapshotter!.remove(chain)) };
}

/** The committed snapshots that nothing needed stands on, topmost first. */
function surplus({ state }: ImageStore, needed: Marks): ChainId[] {
  const rows = state.snapshots.list();
  const committed = new Map(rows.filter(isCommitted).map((row) => [row.key, row]));
  const kept = new Set<string>();
  for (const row of rows)
    if (!isCommitted(row) || needed.chains.has(row.key as ChainId)) keepAncestors(row);
  function keepAncestors(row: SnapshotRow): void {
    for (let at: SnapshotRow | undefined = row; at && !kept.has(at.key); ) {
      kept.add(at.key);
      at = at.parent && committed.get(at.parent);
    }
  }
  const rest = [...committed.values()].filter((row) => !kept.has(row.key));
  return topmostFirst(rest).map((row) => row.key as ChainId);
}

function isCommitted(row: SnapshotRow): boolean {
  return row.kind === "committed";
}

function topmostFirst(rows: readonly SnapshotRow[]): SnapshotRow[] {
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const depths = new Map<string, number>();
  const depthOf = (row: SnapshotRow): number => {
    const parent = row.parent && byKey.get(row.parent);
    const depth = depths.get(row.key) ?? (parent ? depthOf(parent) + 1 : 0);
    depths.set(row.key, depth);
    return depth;
  };
  return [...rows].sort((a, b) => depthOf(b) - depthOf(a));
}

async function usageOf(
  snapshotter: Snapshotter | undefined,
  chains: readonly ChainId[],
): Promise<Map<ChainId, number>> {
  const sizes = new Map<ChainId, number>();
  for (const chain of chains) sizes.set(chain, (await snapshotter?.usage(chain)) ?? 0);
  return sizes;
}
