import type { Authorizer } from "./access/authorizer.ts";
import type { BlobStorage } from "./blob-storage.ts";
import type { Records } from "./records.ts";

export interface RegistryLimits {
  /** Bytes of a manifest; 4 MiB when absent. */
  readonly manifest?: number;
  /** Bytes of a blob; none when absent. */
  readonly blob?: number;
}

/** Something that happened, for logs and metrics. */
export interface RegistryEvent {
  readonly method: string;
  /** What was asked for, without names: `blob`, `manifest`, `upload`, `tags`, `referrers`, `catalog`, `base`. */
  readonly route: string;
  readonly repository?: string;
  readonly status: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs: number;
  readonly user?: string;
  readonly path: string;
}

export interface RegistryOptions {
  readonly records: Records;
  readonly blobs: BlobStorage;
  /** Everybody may do everything when absent. */
  readonly authorizer?: Authorizer;
  readonly limits?: RegistryLimits;
  /** Manifests, tags and blobs can be deleted; true when absent. */
  readonly allowDelete?: boolean;
  /**
   * Manifests may name blobs that nobody has pushed (the spec leaves it to the registry); they are
   * refused when absent.
   */
  readonly allowMissingBlobs?: boolean;
  /** Reads of blobs are sent to the storage itself where it offers that. */
  readonly redirect?: boolean;
  readonly onEvent?: (event: RegistryEvent, request: Request) => void;
  /** A failure of the registry itself: the client is only told that there was one. */
  readonly onError?: (error: unknown, request: { method: string; path: string }) => void;
}

/** A registry (OCI distribution spec 1.1): a function from request to response. */
export interface Registry {
  fetch(request: Request): Promise<Response>;
}
