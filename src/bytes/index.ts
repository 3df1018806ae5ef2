export type { Bytes, Chunk } from "./bytes.ts";
export { chunksOf, collect, concat, limit } from "./bytes.ts";
export { decodePath, encodePath, systemPath } from "./path-bytes.ts";
