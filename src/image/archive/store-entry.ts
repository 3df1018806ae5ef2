import { type Bytes, type Chunk, peek, SNIFF_LENGTH, sniffCompression } from "#bytes";
import type { Algorithm } from "#content";
import { KindedError } from "#errors";
import { algorithmOf, type Digest } from "#oci";
import type { LayerRow, Lease } from "#state";
import { commitLayer } from "../commit-layer.ts";
import type { DecompressOptions } from "../decompress.ts";
import type { ImageStore } from "../image-store.ts";
import { hasLayerType, inflateLayer, layerRow, RawLayer } from "../inflate-layer.ts";

export interface StoredEntry {
  readonly blob: Digest;
  /** Bytes in the archive. */
  readonly size: number;
  readonly layer: LayerRow | KindedError;
}

/**
 * Stores an entry as a blob in one pass and finds out what it is as a layer: its diffID and size
 * when inflated, its entries checked. One that is no layer is an error only to those who need it
 * as one, unless it is a decompression bomb. `digest` is what its place in the archive says it
 * has; without one, xz and bzip2, which OCI has no media type for, are stored inflated.
 */
export async function storeEntry(
  store: ImageStore,
  body: Bytes,
  digest: Digest | undefined,
  lease: Lease,
  options: DecompressOptions,
): Promise<StoredEntry> {
  const head = await peek(body, SNIFF_LENGTH);
  const compression = sniffCompression(head.first);
  const isKept = digest !== undefined || hasLayerType(compression);
  const algorithm = digest ? (algorithmOf(digest) as Algorithm) : "sha256";
  await using ingestion = store.content.ingest({ algorithm });
  const write = (chunk: Chunk) => ingestion.write(chunk);
  const raw = new RawLayer(head.bytes, isKept ? write : undefined);
  const isOwnBlob = algorithm === "sha256" && (compression === "none" || !isKept);
  const inflated = await inflateLayer(raw, {
    ...options,
    isOwnBlob,
    ...(!isKept && { write }),
  });
  const announce = (blob: Digest) => lease.hold("blob", blob);
  const expected = { ...(digest && { digest }), announce };
  const { blob, index } =
    inflated instanceof KindedError
      ? { blob: await ingestion.commit(expected), index: undefined }
      : await commitLayer(ingestion, inflated.indexed, expected);
  const layer = layerRow(inflated, blob, isKept ? compression : "none");
  if (index && "diffId" in layer) {
    lease.hold("layer", layer.diffId);
    store.indexes.put(layer.diffId, index);
  }
  return { blob: blob.digest, size: raw.size, layer };
}
