import type { Bytes } from "#bytes";
import { indexTar, type LayerLimits } from "#layer";
import { type DiffId, type Digest, mediaTypes } from "#oci";
import type { LayerRow, Lease } from "#state";
import { commitLayer } from "./commit-layer.ts";
import type { ImageStore } from "./image-store.ts";

export interface AddLayerOptions {
  readonly limits?: LayerLimits;
  readonly signal?: AbortSignal;
}

/**
 * Stores an uncompressed layer tar in one pass: checked, hashed, indexed and written as it comes,
 * and recorded when it is all there. Its blob is the tar itself, so that diffID and digest are one.
 * The lease holds the layer from before it is visible.
 */
export async function addLayer(
  store: ImageStore,
  tar: Bytes,
  lease: Lease,
  options: AddLayerOptions = {},
): Promise<LayerRow> {
  const indexing = indexTar(tar, options.limits);
  await using ingestion = store.content.ingest();
  for await (const chunk of indexing.bytes) {
    options.signal?.throwIfAborted();
    ingestion.write(chunk);
  }
  const layer = indexing.end();
  const announce = (blob: Digest) => lease.hold("layer", blob);
  const { blob, index } = await commitLayer(ingestion, layer, { announce });
  const row: LayerRow = {
    diffId: blob.digest as DiffId,
    blob: blob.digest,
    mediaType: mediaTypes.ociLayer,
    blobSize: blob.size,
    size: layer.size,
  };
  store.state.layers.put(row);
  store.indexes.put(row.diffId, index);
  return row;
}
