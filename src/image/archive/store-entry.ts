import {
  type Bytes,
  type Chunk,
  type Compression,
  peek,
  SNIFF_LENGTH,
  sniffCompression,
} from "#bytes";
import type { Algorithm, BlobInfo } from "#content";
import { KindedError } from "#errors";
import { type IndexedLayer, indexLayer } from "#layer";
import { algorithmOf, type DiffId, type Digest, mediaTypes } from "#oci";
import type { LayerRow, Lease } from "#state";
import { commitLayer } from "../commit-layer.ts";
import { type DecompressOptions, decompress } from "../decompress.ts";
import type { ImageStore } from "../image-store.ts";

export interface StoredEntry {
  readonly blob: Digest;
  /** Bytes in the archive. */
  readonly size: number;
  readonly layer: LayerRow | KindedError;
}

/** What a layer turned out to be; without a diffID where its blob's digest is that. */
interface Inflated {
  readonly diffId?: DiffId;
  readonly indexed: IndexedLayer;
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
  const isKept = digest !== undefined || MEDIA_TYPES[compression] !== undefined;
  const algorithm = digest ? (algorithmOf(digest) as Algorithm) : "sha256";
  await using ingestion = store.content.ingest({ algorithm });
  const write = (chunk: Chunk) => ingestion.write(chunk);
  const raw = new RawBody(head.bytes, isKept ? write : undefined);
  const isOwnBlob = algorithm === "sha256" && (compression === "none" || !isKept);
  const inflated = await inflateAndIndex(raw, isKept ? undefined : write, isOwnBlob, options);
  const announce = (blob: Digest) => lease.hold("blob", blob);
  const expected = { ...(digest && { digest }), announce };
  const { blob, index } =
    inflated instanceof KindedError
      ? { blob: await ingestion.commit(expected), index: undefined }
      : await commitLayer(ingestion, inflated.indexed, expected);
  const layer = layerOf(inflated, blob, isKept ? compression : "none");
  if (index && "diffId" in layer) {
    lease.hold("layer", layer.diffId);
    store.indexes.put(layer.diffId, index);
  }
  return { blob: blob.digest, size: raw.size, layer };
}

function layerOf(
  inflated: Inflated | KindedError,
  { digest, size }: BlobInfo,
  compression: Compression,
): LayerRow | KindedError {
  if (inflated instanceof KindedError) return inflated;
  const mediaType = MEDIA_TYPES[compression];
  if (!mediaType)
    return new KindedError("unsupported", `an image layout has no layers in ${compression}`);
  const diffId = inflated.diffId ?? (digest as DiffId);
  return { diffId, blob: digest, mediaType, blobSize: size, size: inflated.indexed.size };
}

const MEDIA_TYPES: Partial<Record<Compression, string>> = {
  none: mediaTypes.ociLayer,
  gzip: mediaTypes.ociLayerGzip,
  zstd: mediaTypes.ociLayerZstd,
};

/** Reads the body to its end in any case, since it is being stored on the way. */
async function inflateAndIndex(
  raw: RawBody,
  write: ((chunk: Chunk) => void) | undefined,
  isOwnBlob: boolean,
  options: DecompressOptions,
): Promise<Inflated | KindedError> {
  try {
    const { bytes } = await decompress(raw, options);
    return await index(bytes, write, isOwnBlob);
  } catch (error) {
    const isOnlyNoLayer = error instanceof KindedError && error.kind !== "resource-exhausted";
    if (raw.hasFailed || !isOnlyNoLayer) throw error;
    for await (const _ of raw);
    return error;
  }
}

async function index(
  bytes: Bytes,
  write: ((chunk: Chunk) => void) | undefined,
  isOwnBlob: boolean,
): Promise<Inflated> {
  const layer = indexLayer();
  const hash = isOwnBlob ? undefined : process.getBuiltinModule("node:crypto").createHash("sha256");
  for await (const chunk of bytes) {
    hash?.update(chunk);
    write?.(chunk);
    layer.write(chunk);
  }
  const indexed = layer.end();
  return { indexed, ...(hash && { diffId: `sha256:${hash.digest("hex")}` as DiffId }) };
}

/** An entry's bytes as they stand in the archive; can be read on after a reader that gave up. */
class RawBody implements Bytes {
  size = 0;
  hasFailed = false;
  readonly #iterator: AsyncIterator<Chunk>;
  readonly #tap: ((chunk: Chunk) => void) | undefined;

  constructor(bytes: Bytes, tap: ((chunk: Chunk) => void) | undefined) {
    this.#iterator = bytes[Symbol.asyncIterator]();
    this.#tap = tap;
  }

  [Symbol.asyncIterator](): AsyncIterator<Chunk> {
    return { next: () => this.#next() };
  }

  async #next(): Promise<IteratorResult<Chunk>> {
    this.hasFailed = true;
    const next = await this.#iterator.next();
    if (!next.done) this.#tap?.(next.value);
    this.hasFailed = false;
    this.size += next.done ? 0 : next.value.length;
    return next;
  }
}
