import { type ChainId, chainOf, chainsOf, type DiffId, type Digest } from "#oci";
import type { LayerRow, State } from "#state";
import type { Holdings, Roots } from "./holdings.ts";

/** What somebody needs, by kind. */
export interface Marks {
  readonly blobs: Set<Digest>;
  readonly layers: Set<DiffId>;
  readonly chains: Set<ChainId>;
}

export function noMarks(): Marks {
  return { blobs: new Set(), layers: new Set(), chains: new Set() };
}

/** What images alone need. */
export function markImages(
  holdings: Holdings,
  images: readonly { id: Digest; manifest: Digest }[],
): Marks {
  const marks = noMarks();
  for (const { id, manifest } of images) {
    addAll(marks.blobs, [id, manifest, ...(holdings.blobs.get(manifest) ?? [])]);
    markStack(marks, holdings.layers.get(id) ?? []);
  }
  return marks;
}

/** What images, containers, the build cache and living leases need. */
export function markAll(state: State, holdings: Holdings, roots: Roots): Marks {
  const marks = markImages(holdings, state.images.list());
  markConfigs(marks, holdings, roots.configs);
  markCache(marks, state);
  const rows = state.layers.list();
  markHolds(marks, roots, rows);
  markLayerBlobs(marks, rows);
  return marks;
}

/** What containers need of their images, whether or not these are still images of the store. */
export function markConfigs(marks: Marks, holdings: Holdings, configs: readonly Digest[]): Marks {
  for (const config of configs) {
    marks.blobs.add(config);
    markStack(marks, holdings.layers.get(config) ?? []);
  }
  return marks;
}

/**
 * What the build cache needs: layers, and the snapshots that are one of these on top of another
 * snapshot. Records do not say which, since the same layer may have come onto several stacks.
 */
export function markCache(marks: Marks, state: State): Marks {
  const cached = new Set(state.cache.list().flatMap(({ layers }) => layers));
  addAll(marks.layers, cached);
  const rows = state.snapshots.list().filter(({ kind }) => kind === "committed");
  const parents = new Map(rows.map(({ key, parent }) => [key as ChainId, parent]));
  for (const [chain, parent] of parents) {
    const isNew = !marks.chains.has(chain);
    if (isNew && cached.values().some((layer) => chainOf(parent, layer) === chain))
      addAll(marks.chains, downFrom(chain, parents));
  }
  return marks;
}

function* downFrom(
  chain: ChainId,
  parents: ReadonlyMap<ChainId, ChainId | undefined>,
): Generator<ChainId> {
  for (let at: ChainId | undefined = chain; at !== undefined; at = parents.get(at)) yield at;
}

function markHolds(marks: Marks, { holds }: Roots, rows: readonly LayerRow[]): void {
  const held = new Set<string>();
  for (const { resource, key } of holds) {
    if (resource === "blob") marks.blobs.add(key as Digest);
    // A layer on its way in has no row yet, and may be its own blob.
    if (resource === "layer") marks.blobs.add(key as Digest);
    if (resource === "snapshot") marks.chains.add(key as ChainId);
    if (resource === "layer") held.add(key);
  }
  addAll(marks.layers, held as Set<DiffId>);
  for (const { diffId, blob } of rows) if (held.has(diffId)) marks.blobs.add(blob);
}

/** Of a layer that is stored in several forms and wanted in none of them, all stay. */
function markLayerBlobs({ blobs, layers }: Marks, rows: readonly LayerRow[]): void {
  for (const [diffId, forms] of Map.groupBy(rows, (row) => row.diffId)) {
    if (!layers.has(diffId) || forms.some(({ blob }) => blobs.has(blob))) continue;
    for (const { blob } of forms) blobs.add(blob);
  }
}

/** Each prefix of a stack may have a snapshot that the whole one stands on. */
function markStack(marks: Marks, diffIds: readonly DiffId[]): void {
  addAll(marks.layers, diffIds);
  addAll(marks.chains, chainsOf(diffIds));
}

function addAll<T>(set: Set<T>, items: Iterable<T>): void {
  for (const item of items) set.add(item);
}
