import type { Bytes } from "#bytes";
import type { Digest } from "#oci";

/** What is known of a blob before or after it is here. */
export interface BlobInfo {
  readonly digest: Digest;
  /** Bytes as stored. */
  readonly size: number;
}

/** What a blob must turn out to be; a mismatch fails with `data-loss` and leaves nothing. */
export interface Expected {
  readonly digest?: Digest;
  readonly size?: number;
  /**
   * Told the digest before the store is looked into or changed, so that a lease can hold the blob
   * before garbage collection can meet it.
   */
  readonly announce?: (digest: Digest) => void;
}

/**
 * A blob on its way in. Nothing of it is visible before `commit`; disposing an ingestion that
 * was not committed removes what was written.
 */
export interface Ingestion extends AsyncDisposable {
  /** Bytes written so far. */
  readonly offset: number;
  /** Takes the bytes over at once; fails with `resource-exhausted` when the disk is full. */
  write(chunk: Uint8Array): void;
  /**
   * Verifies, makes durable (a power cut loses nothing of it), renames; a blob that is here
   * already is not an error. A failure leaves nothing.
   */
  commit(expected?: Expected): Promise<BlobInfo>;
}

/**
 * A blob that is known by its digest before it comes, such as one from a registry. What was
 * written of it outlives a failure and the process: the next try goes on from there. Nobody else
 * is at work on the blob until this is disposed.
 */
export interface ResumedIngestion extends Ingestion {
  /** Bytes that earlier tries left, which `offset` begins with. Only `commit` verifies them. */
  readonly resumed: number;
  /** Those bytes. */
  earlier(): Bytes;
  /** Throws away all that is here and ends the ingestion. */
  discard(): void;
  /** Verifies the digest in any case; what turns out to be something else is thrown away. */
  commit(expected?: Expected): Promise<BlobInfo>;
}

export interface ResumeOptions {
  readonly signal?: AbortSignal;
  /** Told when somebody else is at work on the blob, before waiting for them to end. */
  readonly onWait?: () => void;
}

/**
 * Bytes that are hashed and written as a blob's are, but become none: a layer that is inflated, say.
 */
export interface Scratch extends AsyncDisposable {
  /** Takes the bytes over at once; fails with `resource-exhausted` when the disk is full. */
  write(chunk: Uint8Array): void;
  /** All has come. The file that has it, where there is one, goes when this is disposed. */
  finish(): Promise<BlobInfo & { readonly path?: string }>;
}

/** Algorithms of OCI digests (OCI image spec, descriptor.md#registered-algorithms). */
export type Algorithm = "sha256" | "sha384" | "sha512";

export interface IngestOptions {
  readonly algorithm?: Algorithm;
}

export interface OpenOptions {
  /** Where to begin; what does not begin at 0 cannot be verified. */
  readonly offset?: number;
  /** `false` when the bytes are verified otherwise, such as by their diffID. */
  readonly verify?: boolean;
  readonly signal?: AbortSignal;
}

/** Blobs by digest: an OCI image layout on disk, or memory. One suite tests all of them. */
export interface ContentStore {
  stat(digest: Digest): BlobInfo | undefined;
  /**
   * The blob's bytes. The stream fails with `not-found`, and, read to its end, with `data-loss`
   * when the bytes are not those of the digest.
   */
  open(digest: Digest, options?: OpenOptions): Bytes;
  /**
   * A small blob, verified, as bytes; fails with `not-found`, `data-loss`, and with
   * `resource-exhausted` when it has more than `most` bytes (4 MiB when not given).
   */
  read(digest: Digest, most?: number): Promise<Uint8Array>;
  /** The file that holds the blob, where there is one. */
  path(digest: Digest): string | undefined;
  ingest(options?: IngestOptions): Ingestion;
  scratch(): Scratch;
  /**
   * Takes up a blob where an earlier try left off; waits while anybody else is at work on it, who
   * may have brought it in when this returns. A full disk leaves nothing of it.
   */
  resume(digest: Digest, options?: ResumeOptions): Promise<ResumedIngestion>;
  /**
   * Removes what tries left that nobody is at work on and that were last written to before
   * `before` (Unix milliseconds); gives their bytes.
   */
  prunePartial(before: number): Promise<number>;
  /** Removes the blob; one that is not here is not an error. */
  delete(digest: Digest): void;
  list(): Iterable<BlobInfo>;
}
