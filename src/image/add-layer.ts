import type { Bytes } from "#bytes";
import { type LayerLimits, scanLayer } from "#layer";
import { type DiffId, type Digest, mediaTypes } from "#oci";
import type { LayerRow, Lease } from "#state";
import type { ImageStore } from "./image-store.ts";

export interface AddLayerOptions {
  readonly limits?: LayerLimits;
  readonly signal?: AbortSignal;
}

/**
 * Stores an uncompressed layer tar in one pass: checked, hashed and written as it comes, and
 * recorded when it is all there. Its blob is the tar itself, so that diffID and digest are one.
 * The lease holds the layer from before it is visible.
 */
export async function addLayer(
  store: ImageStore,
  tar: Bytes,
  lease: Lease,
  options: AddLayerOptions = {},
): Promise<LayerRow> {
  const scan = scanLayer(options.limits);
  await using ingestion = store.content.ingest();
  for await (const chunk of tar) {
    options.signal?.throwIfAborted();
    scan.write(chunk);
    ingestion.write(chunk);
  }
  const { size } = scan.end();
  const announce = (blob: Digest) => lease.hold("layer", blob);
  const { digest, size: blobSize } = await ingestion.commit({ announce });
  const row: LayerRow = {
    diffId: digest as DiffId,
    blob: digest,
    mediaType: mediaTypes.ociLayer,
    blobSize,
    size,
  };
  store.state.layers.put(row);
  return row;
}
