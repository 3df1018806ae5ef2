import type { ErofsReader } from "#erofs";
import { indexLayer } from "#layer";
import type { DiffId } from "#oci";
import type { ImageStore } from "./image-store.ts";
import { openLayer } from "./open-layer.ts";

const MOST_KEPT = 128;

const kept = new WeakMap<object, Map<DiffId, Promise<ErofsReader>>>();

/** The index of a stored layer, read once in a process; made from its tar when it is not whole. */
export function openLayerIndex(store: ImageStore, diffId: DiffId): Promise<ErofsReader> {
  const known = kept.get(store.indexes) ?? new Map<DiffId, Promise<ErofsReader>>();
  kept.set(store.indexes, known);
  const opened = known.get(diffId) ?? openOrMake(store, diffId);
  if (known.size >= MOST_KEPT) known.delete(known.keys().next().value!);
  known.set(diffId, opened);
  opened.catch(() => known.delete(diffId));
  return opened;
}

async function openOrMake(store: ImageStore, diffId: DiffId): Promise<ErofsReader> {
  const found = store.indexes.open(diffId);
  if (found) return found;
  const indexing = indexLayer();
  for await (const chunk of await openLayer(store, diffId)) indexing.write(chunk);
  store.indexes.put(diffId, indexing.end().index);
  return store.indexes.open(diffId)!;
}
