import { fail } from "#errors";
import type { Descriptor, DiffId, Digest } from "#oci";
import type { LayerRow, Lease } from "#state";
import type { ImageStore } from "../image-store.ts";

/** A layer that a manifest lists, with what its config says of it. */
export interface WantedLayer {
  readonly descriptor: Descriptor;
  readonly diffId: DiffId;
}

/** The layers of a manifest from the bottom, each blob once. */
export function wantedLayers(
  layers: readonly Descriptor[],
  diffIds: readonly DiffId[],
): WantedLayer[] {
  const wanted = new Map<Digest, WantedLayer>();
  for (const [index, descriptor] of layers.entries()) {
    const layer = { descriptor, diffId: diffIds[index]! };
    const same = wanted.get(descriptor.digest) ?? layer;
    if (same.diffId !== layer.diffId) failMismatch(layer, same.diffId);
    wanted.set(descriptor.digest, same);
  }
  return [...wanted.values()];
}

/**
 * The stored form of a layer, the one that was asked for if there are several; held by the lease
 * from before it is looked for.
 */
export function findStored(
  { content, state }: ImageStore,
  { descriptor, diffId }: WantedLayer,
  lease: Lease,
): LayerRow | undefined {
  lease.hold("blob", descriptor.digest);
  lease.hold("layer", diffId);
  const isWhole = ({ blob, blobSize }: LayerRow) => content.stat(blob)?.size === blobSize;
  const stored = state.layers.of(diffId).filter(isWhole);
  return stored.find(({ blob }) => blob === descriptor.digest) ?? stored[0];
}

/** In Docker's words. */
export function failMismatch({ descriptor, diffId }: WantedLayer, actual: DiffId): never {
  return fail(
    "data-loss",
    `layers from manifest don't match image configuration: layer ${descriptor.digest} is ${actual}, not ${diffId}`,
  );
}
