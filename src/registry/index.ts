export type { Access, Authorizer, Decision } from "./access/authorizer.ts";
export type { BlobStorage, ByteRange } from "./blob-storage.ts";
export type {
  GarbageReport,
  ManifestLinks,
  Page,
  Records,
  StoredBlob,
  StoredManifest,
  UploadRecord,
} from "./records.ts";
export type { Registry, RegistryEvent, RegistryLimits, RegistryOptions } from "./registry.ts";
