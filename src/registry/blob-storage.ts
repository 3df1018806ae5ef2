import type { Bytes } from "#bytes";
import type { Digest } from "#oci";
import type { StoredBlob, UploadRecord } from "./records.ts";

/** Bytes `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Bytes that a storage has, whether a record tells of them or not. */
export interface StoredFile {
  readonly location: string;
  readonly size: number;
  /** Unix milliseconds. */
  readonly modified: number;
  /** The upload that may still need them, if it is still known. */
  readonly upload?: string;
}

/**
 * The bytes of blobs, and of uploads on their way to be one. Knows nothing of repositories. One
 * suite tests all of them.
 */
export interface BlobStorage extends AsyncDisposable {
  /** What an upload's `state` is at its beginning. */
  begin(id: string, algorithm: UploadRecord["algorithm"]): Promise<string>;
  /**
   * Adds bytes at the upload's end; gives the upload as it is then. They survive the death of this
   * process from then on, but not a power cut: then {@link finish} notices. When the bytes break
   * off, what came of them counts. Fails with `resource-exhausted` past `most` bytes
   * in all.
   */
  append(
    upload: UploadRecord,
    bytes: Bytes,
    options: { most: number; signal?: AbortSignal },
  ): Promise<UploadRecord>;
  /**
   * Makes a blob of an upload: verified against `digest`, durable when it resolves. Fails with
   * `data-loss` when the bytes have another digest, or are not all there: then the upload is of no
   * more use. After another failure it can be tried again.
   */
  finish(upload: UploadRecord, digest: Digest): Promise<StoredBlob>;
  abort(upload: UploadRecord): Promise<void>;
  /** The bytes as the body of a response; undefined when they are gone. */
  read(blob: StoredBlob, range?: ByteRange): Promise<Blob | ReadableStream<Uint8Array> | undefined>;
  /** Where a client can fetch the bytes directly for some minutes, when the storage offers it. */
  directUrl?(blob: StoredBlob): Promise<string | undefined>;
  /** Fails when the storage cannot be used now, where `begin` would not notice. */
  check?(): Promise<void>;
  delete(stored: { readonly location: string }): Promise<void>;
  /**
   * All that is stored. What no record tells of was left by a crash between the bytes and
   * the record, and is removed when it is old. Absent where the storage removes it by itself.
   */
  list?(): AsyncIterable<StoredFile>;
}
