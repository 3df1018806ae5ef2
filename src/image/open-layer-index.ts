import { type ErofsReader, openErofs } from "#erofs";
import { indexLayer } from "#layer";
import type { DiffId } from "#oci";
import type { ImageStore } from "./image-store.ts";
import type { LayerIndexes } from "./layer-indexes.ts";
import { openLayer } from "./open-layer.ts";

/** Bytes of indexes that a process keeps open. */
const MOST_KEPT = 64 << 20;

/** The indexes that were opened last, the longest unused one first. */
class OpenIndexes {
  readonly #kept = new Map<DiffId, ErofsReader>();
  #size = 0;

  get(diffId: DiffId): ErofsReader | undefined {
    const index = this.#kept.get(diffId);
    if (index) {
      this.#kept.delete(diffId);
      this.#kept.set(diffId, index);
    }
    return index;
  }

  add(diffId: DiffId, index: ErofsReader): void {
    this.#drop(diffId);
    this.#kept.set(diffId, index);
    this.#size += index.size;
    for (const [oldest] of this.#kept) if (this.#size > MOST_KEPT) this.#drop(oldest);
  }

  #drop(diffId: DiffId): void {
    this.#size -= this.#kept.get(diffId)?.size ?? 0;
    this.#kept.delete(diffId);
  }
}

const opened = new WeakMap<LayerIndexes, OpenIndexes>();

/** The index of a stored layer; made from its tar when it is not whole. */
export async function openLayerIndex(store: ImageStore, diffId: DiffId): Promise<ErofsReader> {
  const open = opened.get(store.indexes) ?? new OpenIndexes();
  opened.set(store.indexes, open);
  const index = open.get(diffId) ?? store.indexes.open(diffId) ?? (await makeIndex(store, diffId));
  open.add(diffId, index);
  return index;
}

async function makeIndex(store: ImageStore, diffId: DiffId): Promise<ErofsReader> {
  const indexing = indexLayer();
  for await (const chunk of await openLayer(store, diffId)) indexing.write(chunk);
  const { index } = indexing.end();
  store.indexes.put(diffId, index);
  // Not the file: another process may have collected it already.
  return openErofs(index);
}
