import type { Bytes } from "#bytes";
import type { Digest } from "#oci";
import type { StoredBlob, UploadRecord } from "./records.ts";

/** Bytes `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The bytes of blobs, and of uploads on their way to be one. Knows nothing of repositories. One
 * suite tests all of them.
 */
export interface BlobStorage extends AsyncDisposable {
  /** What an upload's `state` is at its beginning. */
  begin(id: string, algorithm: UploadRecord["algorithm"]): Promise<string>;
  /**
   * Adds bytes at the upload's end, durable when it resolves; gives the upload as it is then. When
   * the bytes break off, what came of them counts. Fails with `resource-exhausted` past `most` bytes
   * in all.
   */
  append(
    upload: UploadRecord,
    bytes: Bytes,
    options: { most: number; signal?: AbortSignal },
  ): Promise<UploadRecord>;
  /**
   * Makes a blob of an upload: verified against `digest`, durable when it resolves. Fails with
   * `data-loss` when the bytes have another digest; the upload is gone in any case.
   */
  finish(upload: UploadRecord, digest: Digest): Promise<StoredBlob>;
  abort(upload: UploadRecord): Promise<void>;
  /** The bytes as the body of a response; undefined when they are gone. */
  read(blob: StoredBlob, range?: ByteRange): Promise<Blob | ReadableStream<Uint8Array> | undefined>;
  /** Where a client can fetch the bytes directly for some minutes, when the storage offers it. */
  directUrl?(blob: StoredBlob): Promise<string | undefined>;
  delete(blob: StoredBlob): Promise<void>;
}
