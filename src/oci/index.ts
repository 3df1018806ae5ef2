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
export {
  type Descriptor,
  type HealthConfig,
  type HistoryEntry,
  type ImageConfig,
  type Index,
  type Manifest,
  type Platform,
  PROCESS_CONFIG_FIELDS,
  type ProcessConfig,
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
