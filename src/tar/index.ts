export { encodeHeader, endOfArchive } from "./encode.ts";
export {
  type EntryType,
  padding,
  type SparseFragment,
  storedSize,
  type TarHeader,
  type TarTime,
} from "./header.ts";
export { TarParser, type TarParserOptions, type TarSink } from "./parser.ts";
export { readTar, type TarMember } from "./read-tar.ts";
