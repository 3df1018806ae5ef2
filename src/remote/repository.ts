import type { Bytes } from "#bytes";
import type { Descriptor, Digest } from "#oci";

/** A manifest or index as a registry has it. */
export interface RemoteManifest {
  readonly descriptor: Descriptor;
  /** Verified: they have the descriptor's digest and size. */
  readonly bytes: Uint8Array;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
}

export interface BlobOptions extends RequestOptions {
  /** Bytes of it that are here already. */
  readonly offset?: number;
}

/** A blob to be pushed. */
export interface BlobSource {
  /** When it is known before the bytes are made; then `size` is, too. */
  readonly digest?: Digest;
  readonly size?: number;
  /**
   * The bytes from `offset` on. Asked for once, and again, from what the registry says it has,
   * after a connection broke.
   */
  open(offset: number): Bytes;
  /** What has been read from {@link open} to its end turned out to be. */
  result(): { readonly digest: Digest; readonly size: number };
}

export interface PushBlobOptions extends RequestOptions {
  /** Repositories of the same registry that may have the blob: it is mounted from the first that has. */
  readonly mountFrom?: readonly string[];
  /**
   * How many bytes of it have been sent in all; less than before where the registry lost some on a
   * broken connection.
   */
  readonly onProgress?: (bytes: number) => void;
}

/** What became of a blob that was to be pushed. */
export interface PushedBlob {
  readonly digest: Digest;
  readonly size: number;
  readonly how: "exists" | "mounted" | "pushed";
  /** The repository it was mounted from. */
  readonly from?: string;
}

/**
 * One repository of a registry (OCI distribution spec 1.1). Faults that may pass (network, 429,
 * 5xx) are retried before a call fails; it fails with `not-found`, `unauthenticated`,
 * `permission-denied`, `unavailable`, `resource-exhausted` (rate limits), `data-loss` (what came is
 * not what was promised), `unsupported` (the registry cannot do this, or manifests of schema 1).
 */
export interface Repository {
  readonly registry: string;
  readonly repository: string;
  /** What a tag or digest stands for, without its bytes where the registry tells. */
  resolve(reference: string, options?: RequestOptions): Promise<Descriptor>;
  manifest(reference: string, options?: RequestOptions): Promise<RemoteManifest>;
  /**
   * The blob's bytes from `offset` on: exactly `size - offset`, or the stream fails. A connection
   * that breaks is taken up where it broke. The caller checks the digest.
   */
  blob(descriptor: Descriptor, options?: BlobOptions): Bytes;
  /** Its size; undefined when the repository has no such blob. */
  statBlob(digest: Digest, options?: RequestOptions): Promise<number | undefined>;
  /** Looks whether it is there, mounts it, else sends it. */
  pushBlob(source: BlobSource, options?: PushBlobOptions): Promise<PushedBlob>;
  /** `reference` is a tag or the manifest's digest. */
  pushManifest(
    reference: string,
    manifest: { readonly mediaType: string; readonly bytes: Uint8Array },
    options?: RequestOptions,
  ): Promise<Digest>;
  /** All tags, page by page. */
  tags(options?: RequestOptions): AsyncIterable<string>;
  /** What refers to a manifest, by the API or the fallback tag. */
  referrers(
    digest: Digest,
    options?: RequestOptions & { artifactType?: string },
  ): Promise<readonly Descriptor[]>;
  deleteManifest(reference: string, options?: RequestOptions): Promise<void>;
}
