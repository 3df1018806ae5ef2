import {
  type Bytes,
  type Chunk,
  type Compression,
  gunzip,
  peek,
  SNIFF_LENGTH,
  sniffCompression,
  unzstd,
} from "#bytes";
import { fail } from "#errors";

/** When an inflating stream is taken for a decompression bomb. */
export interface InflateLimits {
  /** The most bytes it may give, whatever came in. */
  readonly most: number;
  /** The most bytes it may give for each one that came in… */
  readonly ratio: number;
  /** …looked at only when it has given more than this. */
  readonly free: number;
}

/** 1 TiB, and 500 to one beyond 1 GiB: gzip reaches 1032 to one, real layers stay under 50. */
export const DEFAULT_INFLATE_LIMITS: InflateLimits = { most: 2 ** 40, ratio: 500, free: 2 ** 30 };

export interface DecompressOptions {
  readonly limits?: InflateLimits;
  readonly signal?: AbortSignal;
}

/**
 * The stream, inflated when its first bytes say that it is gzip, zstd, xz or bzip2. Fails with
 * `data-loss` when it is damaged and `resource-exhausted` when it passes the limits.
 */
export async function decompress(
  bytes: Bytes,
  options: DecompressOptions = {},
): Promise<{ compression: Compression; bytes: Bytes }> {
  const head = await peek(bytes, SNIFF_LENGTH);
  const compression = sniffCompression(head.first);
  if (compression === "none") return { compression, bytes: head.bytes };
  const meter = { read: 0 };
  const inflated = inflate(compression, metered(head.bytes, meter), options);
  const limits = options.limits ?? DEFAULT_INFLATE_LIMITS;
  return { compression, bytes: limited(await inflated, meter, limits) };
}

async function inflate(
  compression: Exclude<Compression, "none">,
  bytes: Bytes,
  { signal }: DecompressOptions,
): Promise<Bytes> {
  if (compression === "gzip") return gunzip(bytes);
  if (compression === "zstd") return unzstd(bytes);
  const { filterCommands, pipeThrough } = await import("#kernel");
  return pipeThrough(filterCommands[compression], bytes, signal === undefined ? {} : { signal });
}

async function* metered(bytes: Bytes, meter: { read: number }): AsyncGenerator<Chunk> {
  for await (const chunk of bytes) {
    meter.read += chunk.length;
    yield chunk;
  }
}

async function* limited(
  bytes: Bytes,
  meter: { read: number },
  { most, ratio, free }: InflateLimits,
): AsyncGenerator<Chunk> {
  let given = 0;
  for await (const chunk of bytes) {
    given += chunk.length;
    if (given > most || (given > free && given > meter.read * ratio))
      fail(
        "resource-exhausted",
        `refused as a decompression bomb: ${meter.read} compressed bytes gave more than ${given}`,
      );
    yield chunk;
  }
}
