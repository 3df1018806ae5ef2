import type { Bytes, Chunk, Compression } from "#bytes";
import type { BlobInfo, Scratch } from "#content";
import { KindedError } from "#errors";
import { type IndexedLayer, indexLayer } from "#layer";
import { type DiffId, mediaTypes } from "#oci";
import type { LayerRow } from "#state";
import { type DecompressOptions, decompress } from "./decompress.ts";

/** What a layer turned out to be; without a diffID where its blob's digest is that. */
export interface InflatedLayer {
  readonly diffId?: DiffId;
  readonly indexed: IndexedLayer;
  /** Has the tar, for as long as the scratch it was written to. */
  readonly file?: string;
}

/** The record of a layer that is stored as this blob, or why it cannot be one. */
export function layerRow(
  inflated: InflatedLayer | KindedError,
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

/** Whether OCI has a media type for layers in this form. */
export function hasLayerType(compression: Compression): boolean {
  return MEDIA_TYPES[compression] !== undefined;
}

export interface InflateLayerOptions extends DecompressOptions {
  /** The blob is the tar itself and hashed as that: its digest is the diffID. */
  readonly isOwnBlob?: boolean;
  /** Takes the inflated bytes. */
  readonly write?: (chunk: Chunk) => void;
  /** Takes them, too, and hashes them, beside this thread when there are many. */
  readonly scratch?: Scratch;
}

/**
 * Inflates, hashes, checks and indexes a layer in one pass. Reads the raw bytes to their end in
 * any case, since they are being stored on the way; what is no layer is an error to be returned.
 * Fails with what reading fails with, and for a decompression bomb.
 */
export async function inflateLayer(
  raw: RawLayer,
  options: InflateLayerOptions = {},
): Promise<InflatedLayer | KindedError> {
  try {
    const { bytes } = await decompress(raw, options);
    return await index(bytes, options);
  } catch (error) {
    const isOnlyNoLayer = error instanceof KindedError && error.kind !== "resource-exhausted";
    if (raw.hasFailed || !isOnlyNoLayer) throw error;
    for await (const _ of raw);
    return error;
  }
}

async function index(
  bytes: Bytes,
  { write, scratch, isOwnBlob = false }: InflateLayerOptions,
): Promise<InflatedLayer> {
  const layer = indexLayer();
  const isHashed = !isOwnBlob && !scratch;
  const hash = isHashed ? process.getBuiltinModule("node:crypto").createHash("sha256") : undefined;
  for await (const chunk of bytes) {
    hash?.update(chunk);
    scratch?.write(chunk);
    write?.(chunk);
    layer.write(chunk);
  }
  const indexed = layer.end();
  if (hash) return { indexed, diffId: `sha256:${hash.digest("hex")}` as DiffId };
  if (!scratch) return { indexed };
  const { digest, path } = await scratch.finish();
  return { indexed, diffId: digest as DiffId, ...(path && { file: path }) };
}

/** A layer's bytes as they came; can be read on after a reader that gave up. */
export class RawLayer implements Bytes {
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
