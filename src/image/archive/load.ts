import type { Bytes } from "#bytes";
import type { Digest } from "#oci";
import type { Lease } from "#state";
import { type PreparedImage, prepareImage, recordImages } from "../commit-image.ts";
import { decompress } from "../decompress.ts";
import { noteImage } from "../events.ts";
import { collectGarbage } from "../gc.ts";
import type { LoadedImage, LoadOptions } from "../image-service.ts";
import type { ImageStore } from "../image-store.ts";
import { familiar } from "../resolve.ts";
import { type ArchiveEntries, type ReadOptions, readEntries } from "./entries.ts";
import { findCandidates } from "./find-candidates.ts";
import { storeLayers } from "./store-layers.ts";

/**
 * Takes in the images of an archive: what `docker save` writes, old or new, or an OCI image
 * layout, plain or compressed. All is verified before anything is visible; after a failure, and
 * of what no image uses, nothing stays.
 */
export async function loadImages(
  store: ImageStore,
  archive: Bytes,
  options: LoadOptions & ReadOptions = {},
): Promise<LoadedImage[]> {
  const lease = store.state.leases.open("load");
  let isClean = false;
  try {
    const entries = await readArchive(store, archive, lease, options);
    const candidates = findCandidates(entries, options.platform);
    const used = await storeLayers(store, entries, candidates, lease, options);
    const prepared: PreparedImage[] = [];
    for (const candidate of candidates) prepared.push(await prepareImage(store, candidate, lease));
    isClean = blobsOf(entries).isSubsetOf(used);
    return record(store, prepared, options);
  } finally {
    lease[Symbol.dispose]();
    if (!isClean) await collectGarbage(store);
  }
}

async function readArchive(
  store: ImageStore,
  archive: Bytes,
  lease: Lease,
  options: ReadOptions,
): Promise<ArchiveEntries> {
  const { bytes } = await decompress(archive, options);
  const iterator = bytes[Symbol.asyncIterator]();
  const tar = { [Symbol.asyncIterator]: () => ({ next: () => iterator.next() }) };
  try {
    const entries = await readEntries(store, tar, lease, options);
    // The padding after the end: a writer to a pipe must not meet a closed one, and a damaged
    // end of a compressed archive must be seen.
    while (!(await iterator.next()).done);
    return entries;
  } finally {
    await iterator.return?.();
  }
}

/** The blobs that were made of an archive's entries. */
function blobsOf(entries: ArchiveEntries): Set<Digest> {
  const stored = entries.values().filter((entry) => entry.kind === "blob");
  return new Set(stored.map(({ blob }) => blob));
}

function record(
  store: ImageStore,
  prepared: readonly PreparedImage[],
  { onEvent }: LoadOptions,
): LoadedImage[] {
  return recordImages(store, prepared).map(({ id, renamed }, index) => {
    noteImage(store.state, { id, labels: prepared[index]!.labels }, "load");
    for (const { name, old } of renamed) onEvent?.({ kind: "renamed", name: familiar(name), old });
    return { id, names: prepared[index]!.names.map(familiar) };
  });
}
