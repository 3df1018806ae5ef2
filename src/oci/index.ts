export {
  algorithmOf,
  type ChainId,
  chainOf,
  chainsOf,
  type DiffId,
  type Digest,
  digestOf,
  hexOf,
  isDigest,
  parseDigest,
} from "./digest.ts";
export type {
  Descriptor,
  HealthConfig,
  HistoryEntry,
  ImageConfig,
  Index,
  Manifest,
  Platform,
  ProcessConfig,
} from "./image.ts";
export { isIndexType, isManifestType, mediaTypes } from "./media-types.ts";
export { formatPlatform, hostPlatform, parsePlatform, platformMatches } from "./platform.ts";
export {
  familiarName,
  familiarReference,
  formatReference,
  parseReference,
  parseTaggedReference,
  type Reference,
} from "./reference.ts";
