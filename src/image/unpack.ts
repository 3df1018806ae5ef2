import { fail } from "#errors";
import { type ChainId, chainsOf, type DiffId, type Digest } from "#oci";
import type { LayerToUnpack, Snapshotter } from "#snapshot";
import type { Lease } from "#state";
import { findLayer, heldLayers } from "./commit-image.ts";
import type { ImageStore } from "./image-store.ts";
import { openLayer } from "./open-layer.ts";

export interface UnpackOptions {
  /** Layers' tars that are at hand as files. */
  readonly files?: ReadonlyMap<DiffId, string>;
  readonly signal?: AbortSignal;
}

/**
 * Sees to it that the snapshot of a stack of layers is there, making those that are missing from
 * the layers' blobs, lowest first; gives its chain (undefined for no layers). The lease holds
 * the chains and keeps them when this is done.
 */
export async function ensureUnpacked(
  store: ImageStore,
  diffIds: readonly DiffId[],
  lease: Lease,
  options: UnpackOptions = {},
): Promise<ChainId | undefined> {
  const chains = chainsOf(diffIds);
  lease.hold("snapshot", ...chains);
  const snapshotter = await store.snapshotter();
  checkDepth(snapshotter, diffIds.length);
  const present = chains.findLastIndex((chain) => snapshotter.has(chain)) + 1;
  if (present < chains.length) heldLayers(store, diffIds.slice(present), lease);
  for (const layer of layersToUnpack(store, diffIds, present, options)) {
    options.signal?.throwIfAborted();
    await snapshotter.unpack(layer);
  }
  return chains.at(-1);
}

/** The layers of a stack from this one on, lowest first, as a snapshotter wants them. */
export function layersToUnpack(
  store: ImageStore,
  diffIds: readonly DiffId[],
  from = 0,
  options: UnpackOptions = {},
): LayerToUnpack[] {
  const chains = chainsOf(diffIds);
  return diffIds
    .map((diffId, index) => ({
      ...{ chain: chains[index]!, parent: chains[index - 1] },
      ...layerSource(store, diffId, options),
    }))
    .slice(from);
}

function checkDepth({ driver, mostLayers }: Snapshotter, layers: number): void {
  if (layers > mostLayers)
    fail(
      "unsupported",
      `the ${driver} driver takes at most ${mostLayers} layers, this image has ${layers}: ` +
        "use --storage-driver copy",
    );
}

/** Where a snapshotter gets a stored layer from, in every form that the store has it in. */
export function layerSource(
  store: ImageStore,
  diffId: DiffId,
  { files, signal }: UnpackOptions = {},
): Omit<LayerToUnpack, "chain" | "parent"> {
  const { blob } = findLayer(store, diffId);
  const isTar = blob === (diffId as Digest);
  const file = files?.get(diffId) ?? (isTar ? store.content.path(blob) : undefined);
  const index = store.indexes.find(diffId);
  const options = signal ? { signal } : {};
  return {
    tar: () => openLayer(store, diffId, options),
    ...(file && { file }),
    ...(index && { index }),
    ...options,
  };
}
