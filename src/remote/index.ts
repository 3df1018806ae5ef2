export type { Credential, CredentialSource, CredentialStore } from "./credential.ts";
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
