export { blocksOf } from "./blocks.ts";
export type { Bytes, Chunk } from "./bytes.ts";
export { chunksOf, collect, concat, limit } from "./bytes.ts";
export {
  type CompressOptions,
  compress,
  compressionLevels,
  compressorVersion,
  type LayerCompression,
} from "./compress.ts";
export { type Compression, SNIFF_LENGTH, sniffCompression } from "./compression.ts";
export { gunzip, unzstd } from "./decompress.ts";
export { type FileChunksOptions, fileChunks } from "./file-chunks.ts";
export { namesIn } from "./names-in.ts";
export { decodePath, encodePath, systemPath } from "./path-bytes.ts";
export { peek } from "./peek.ts";
export { Slots } from "./slots.ts";
