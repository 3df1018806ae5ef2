import { chunksOf } from "#bytes";
import { fail, KindedError } from "#errors";
import type { Digest } from "#oci";
import type { LayerRow, Lease } from "#state";
import type { ImageStore } from "../image-store.ts";
import { type Candidate, entryAt, type LayerPlace } from "./candidate.ts";
import { type ArchiveEntries, digestIn, type ReadOptions } from "./entries.ts";
import { storeEntry } from "./store-entry.ts";

/**
 * Makes every layer that an image uses a stored and recorded one, checked against the image's
 * config; gives the blobs.
 */
export async function storeLayers(
  store: ImageStore,
  entries: ArchiveEntries,
  candidates: readonly Candidate[],
  lease: Lease,
  options: ReadOptions,
): Promise<Set<Digest>> {
  const rows = new Map<Digest, LayerRow>();
  for (const candidate of candidates) {
    checkCount(candidate);
    for (const [index, place] of candidate.layers.entries()) {
      options.signal?.throwIfAborted();
      const row = await storeLayer(store, entries, place, lease, options);
      checkDiffId(row, place, candidate.config.rootfs.diff_ids[index]!);
      rows.set(row.blob, row);
    }
  }
  store.state.transaction(() => {
    for (const row of rows.values()) store.state.layers.put(row);
  });
  return new Set(rows.keys());
}

async function storeLayer(
  store: ImageStore,
  entries: ArchiveEntries,
  { path, size }: LayerPlace,
  lease: Lease,
  options: ReadOptions,
): Promise<LayerRow> {
  const entry = entryAt(entries, path);
  const { layer, size: actual } =
    entry.kind === "blob"
      ? entry
      : await storeEntry(store, chunksOf(entry.bytes), digestIn(path), lease, options);
  if (size !== undefined && size !== actual)
    fail("data-loss", `layer ${path} of the archive has ${actual} bytes, not ${size}`);
  if (!(layer instanceof KindedError)) return layer;
  return fail(layer.kind, `layer ${path} of the archive: ${layer.message}`, layer);
}

function checkCount({ config, layers }: Candidate): void {
  const { length } = config.rootfs.diff_ids;
  if (layers.length !== length)
    fail("data-loss", `the archive lists ${layers.length} layers for a config with ${length}`);
}

function checkDiffId({ diffId }: LayerRow, { path }: LayerPlace, expected: Digest): void {
  if (diffId !== expected)
    fail("data-loss", `layer ${path} of the archive is ${diffId}, its config says ${expected}`);
}
