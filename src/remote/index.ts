export type { RangePolicy } from "./blobs/range-policy.ts";
export {
  openRegistriesConfig,
  type RegistriesConfigOptions,
} from "./config/open-registries-config.ts";
export { createRemote } from "./create-remote.ts";
export type {
  Credential,
  CredentialSource,
  CredentialStore,
  StoredCredential,
} from "./credential.ts";
export {
  type CredentialStoreOptions,
  openCredentialStore,
} from "./credentials/credential-store.ts";
export { parseServer, serverKey } from "./credentials/server-key.ts";
export type { Endpoint, RegistriesConfig, RegistryAccess } from "./registries-config.ts";
export type { Remote, RemoteNotice, RemoteOptions, SearchOptions, SearchResult } from "./remote.ts";
export type {
  BlobOptions,
  BlobSource,
  PushBlobOptions,
  PushedBlob,
  RemoteManifest,
  Repository,
  RequestOptions,
} from "./repository.ts";
export type { RetryPolicy } from "./retry.ts";
export type { Timeouts } from "./transport/transport.ts";
