import { blocksOf, mapInOrder } from "./blocks.ts";
import type { Bytes, Chunk } from "./bytes.ts";
import { looksLikeNoise } from "./noise.ts";

/** What layers are compressed with. */
export type LayerCompression = "gzip" | "zstd";

export interface CompressOptions {
  readonly compression: LayerCompression;
  /** See {@link compressionLevels}; the default when absent. */
  readonly level?: number;
}

/** The levels that can be asked for, and what is taken when nobody asks. */
export const compressionLevels: Readonly<
  Record<
    LayerCompression,
    { readonly least: number; readonly most: number; readonly usual: number }
  >
> = {
  // On two cores a Debian base of 170 MB takes 0.41 s at level 1 (79 MB), 0.55 s at 2 (65.6 MB),
  // 0.70 s at 3 (63.3 MB), 1.0 s at 6 (61.6 MB); gzip -6 takes 5 s on one (60.4 MB).
  gzip: { least: 1, most: 9, usual: 2 },
  // 0.15 s at level 1 (60.4 MB), 0.23 s at 3 (51.8 MB), 0.58 s at 6 (49.1 MB).
  zstd: { least: 1, most: 19, usual: 3 },
};

/** Blocks are compressed beside each other. Their size is part of the result: the same everywhere. */
const BLOCK = { gzip: 1 << 20, zstd: 2 << 20 } as const;

/** What a block of deflate may refer back to (RFC 1951, section 2). */
const WINDOW = 32 << 10;

/** Bounds what is in memory: this many blocks, raw and compressed. */
const MOST_IN_WORK = 16;

/** An output buffer of this size is filled in few turns; Node's default of 16 KiB takes many. */
const CHUNK_SIZE = 512 << 10;

/** The level that only copies. */
const STORED = 0;

/** Of what looks like noise so much is tried, so that what repeats itself is not taken for it. */
const TRIAL = 96 << 10;

/** Magic, deflate, no flags, no time, no extra flags, unknown system (RFC 1952, section 2.3). */
const GZIP_HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/** An empty last block with fixed codes (RFC 1951, section 3.2.6). */
const DEFLATE_END = Uint8Array.of(3, 0);

/**
 * Compresses on all cores: blocks of the stream go to the thread pool, their order stays. Gzip
 * comes out as one member (RFC 1952) whose blocks are flushed to whole bytes and refer back to the
 * block before; zstd as one frame for each block (RFC 8878). The same bytes and level give the
 * same result on any number of cores, but another version of the compressors may give another.
 */
export function compress(bytes: Bytes, options: CompressOptions): AsyncGenerator<Chunk> {
  const { compression, level = compressionLevels[compression].usual } = options;
  return compression === "gzip" ? gzip(bytes, level) : zstd(bytes, level);
}

/** Which compressors these are: what another one makes may differ. */
export function compressorVersion(): string {
  return `bun-${process.versions.bun}`;
}

function width(): number {
  return Math.min(navigator.hardwareConcurrency + 1, MOST_IN_WORK);
}

interface DeflateBlock {
  readonly bytes: Chunk;
  /** The bytes before it. */
  readonly window: Chunk;
}

async function* gzip(bytes: Bytes, level: number): AsyncGenerator<Chunk> {
  const sum = { crc: 0, size: 0 };
  yield GZIP_HEADER;
  yield* mapInOrder(withWindows(summed(bytes, sum)), width(), (block) => deflate(block, level));
  yield DEFLATE_END;
  yield gzipTrailer(sum.crc, sum.size);
}

async function* summed(bytes: Bytes, sum: { crc: number; size: number }): AsyncGenerator<Chunk> {
  for await (const block of blocksOf(bytes, BLOCK.gzip)) {
    sum.crc = Bun.hash.crc32(block, sum.crc);
    sum.size += block.length;
    yield block;
  }
}

async function* withWindows(blocks: Bytes): AsyncGenerator<DeflateBlock> {
  let window: Chunk = new Uint8Array();
  for await (const bytes of blocks) {
    yield { bytes, window };
    window = bytes.subarray(-WINDOW);
  }
}

/** Deflate takes longer over noise than over anything else, in vain: noise is stored. */
async function deflate(block: DeflateBlock, level: number): Promise<Chunk> {
  const isNoise = looksLikeNoise(block.bytes) && !(await shrinks(block.bytes.subarray(0, TRIAL)));
  return deflateAt(isNoise ? STORED : level, block);
}

async function shrinks(bytes: Chunk): Promise<boolean> {
  const tried = await deflateAt(1, { bytes, window: new Uint8Array() });
  return tried.length < bytes.length * 0.98;
}

function deflateAt(level: number, { bytes, window }: DeflateBlock): Promise<Chunk> {
  const { deflateRaw, constants } = process.getBuiltinModule("node:zlib");
  const options = {
    level,
    chunkSize: CHUNK_SIZE,
    finishFlush: constants.Z_SYNC_FLUSH,
    ...(window.length > 0 && { dictionary: window }),
  };
  return new Promise((resolve, reject) => {
    deflateRaw(bytes, options, (error, made) => (error ? reject(error) : resolve(made)));
  });
}

/** RFC 1952, section 2.3.1: CRC-32 and size modulo 2^32, least byte first. */
function gzipTrailer(crc: number, size: number): Chunk {
  const trailer = new Uint8Array(8);
  const view = new DataView(trailer.buffer);
  view.setUint32(0, crc >>> 0, true);
  view.setUint32(4, size % 2 ** 32, true);
  return trailer;
}

async function* zstd(bytes: Bytes, level: number): AsyncGenerator<Chunk> {
  let frames = 0;
  const blocks = blocksOf(bytes, BLOCK.zstd);
  for await (const frame of mapInOrder(blocks, width(), (block) => zstdFrame(block, level))) {
    frames++;
    yield frame;
  }
  // A stream without a frame would be no zstd.
  if (frames === 0) yield await zstdFrame(new Uint8Array(), level);
}

function zstdFrame(block: Chunk, level: number): Promise<Chunk> {
  return Bun.zstdCompress(block, { level });
}
