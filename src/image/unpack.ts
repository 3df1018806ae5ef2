import { type ChainId, chainsOf, type DiffId } from "#oci";
import type { Lease } from "#state";
import { heldLayers } from "./commit-image.ts";
import type { ImageStore } from "./image-store.ts";
import { openLayer } from "./open-layer.ts";

/**
 * Sees to it that the snapshot of a stack of layers is there, making those that are missing from
 * the layers' blobs, lowest first; gives its chain (undefined for no layers). The lease holds
 * the chains and keeps them when this is done.
 */
export async function ensureUnpacked(
  store: ImageStore,
  diffIds: readonly DiffId[],
  lease: Lease,
  options: { signal?: AbortSignal } = {},
): Promise<ChainId | undefined> {
  const chains = chainsOf(diffIds);
  lease.hold("snapshot", ...chains);
  const snapshotter = await store.snapshotter();
  const present = chains.findLastIndex((chain) => snapshotter.has(chain)) + 1;
  if (present < chains.length) heldLayers(store, diffIds.slice(present), lease);
  for (let index = present; index < chains.length; index++) {
    options.signal?.throwIfAborted();
    await snapshotter.unpack({
      chain: chains[index]!,
      parent: chains[index - 1],
      tar: () => openLayer(store, diffIds[index]!, options),
      ...options,
    });
  }
  return chains.at(-1);
}
