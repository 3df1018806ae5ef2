export type { Access, Authorizer, Decision } from "./access/authorizer.ts";
export { type AccessControl, type AccessOptions, openAccess } from "./access/open-access.ts";
export type { BlobStorage, ByteRange, StoredFile } from "./blob-storage.ts";
export { createRegistry } from "./create-registry.ts";
export { type CollectedGarbage, collectGarbage, type GarbageOptions } from "./garbage.ts";
export type { LogFormat } from "./operation/access-log.ts";
export { type Address, isLocal, parseAddress } from "./operation/address.ts";
export { type OpenedStorage, openStorage, type StorageOptions } from "./operation/open-storage.ts";
export {
  type RegistryServer,
  type ServeOptions,
  serveRegistry,
} from "./operation/serve-registry.ts";
export type { TlsFiles } from "./operation/tls.ts";
export { createPullThrough, type PullThroughOptions } from "./proxy/pull-through.ts";
export { parseUpstream, type Upstream } from "./proxy/upstream.ts";
export type {
  GarbageReport,
  ManifestLinks,
  Page,
  Records,
  ReferrersPage,
  StoredBlob,
  StoredManifest,
  UploadRecord,
} from "./records.ts";
export { openPostgresRecords, openSqliteRecords } from "./records-sql/open-records.ts";
export type { Registry, RegistryEvent, RegistryLimits, RegistryOptions } from "./registry.ts";
export { openDiskStorage } from "./storage-disk/open-disk-storage.ts";
