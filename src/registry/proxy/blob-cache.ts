import { fail, messageOf } from "#errors";
import { algorithmOf, type Digest } from "#oci";
import type { Repository } from "#remote";
import type { BlobStorage } from "../blob-storage.ts";
import type { Records, UploadRecord } from "../records.ts";
import { liveCopy } from "./live-copy.ts";

export interface BlobCacheOptions {
  readonly records: Records;
  readonly blobs: BlobStorage;
  /** Bytes of a blob. */
  readonly most: number;
  readonly onProblem: (message: string) => void;
}

/** A blob on its way here, as who asked for it first can read it. */
export interface IncomingBlob {
  readonly size: number;
  readonly body: ReadableStream<Uint8Array>;
}

/**
 * Blobs fetched from upstream, each once, however many ask for it: the first one reads it while it
 * is stored, the others once it is. A blob is recorded when its digest is right, never before.
 */
export class BlobCache {
  readonly #options: BlobCacheOptions;
  readonly #fetching = new Map<string, Promise<void>>();

  constructor(options: BlobCacheOptions) {
    this.#options = options;
  }

  /**
   * Undefined when the blob is stored now. Fails with `not-found` when upstream has none, or as
   * {@link Repository.blob} does.
   */
  async fetch(
    repository: string,
    digest: Digest,
    upstream: Repository,
  ): Promise<IncomingBlob | undefined> {
    const key = `${repository}@${digest}`;
    const running = this.#fetching.get(key);
    if (running !== undefined) return running.then(() => undefined);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#fetching.set(key, promise);
    promise.catch(() => undefined).finally(() => this.#fetching.delete(key));
    try {
      return await this.#begin(repository, digest, upstream, { resolve, reject });
    } catch (error) {
      reject(error);
      throw error;
    }
  }

  async #begin(
    repository: string,
    digest: Digest,
    upstream: Repository,
    done: { resolve: () => void; reject: (error: unknown) => void },
  ): Promise<IncomingBlob> {
    const size = await upstream.statBlob(digest);
    if (size === undefined) return missing(digest);
    const mediaType = "application/octet-stream";
    const copy = liveCopy(upstream.blob({ digest, size, mediaType }));
    const storing = this.#store(repository, digest, size, copy.stored);
    storing.then(
      () => {
        done.resolve();
        copy.end();
      },
      (error) => {
        this.#options.onProblem(`${repository}@${digest} could not be kept: ${messageOf(error)}`);
        done.reject(error);
        copy.end(error);
      },
    );
    return { size, body: copy.reader };
  }

  async #store(repository: string, digest: Digest, size: number, bytes: AsyncIterable<Uint8Array>) {
    const { records, blobs, most } = this.#options;
    const algorithm = algorithmOf(digest) as UploadRecord["algorithm"];
    const id = crypto.randomUUID();
    const state = await blobs.begin(id, algorithm);
    const begun = { id, repository, offset: 0, algorithm, state, touched: Date.now() };
    await records.putUpload(begun);
    try {
      const source = failing(bytes);
      const upload = await blobs.append(begun, source, { most });
      if (source.error) throw source.error;
      if (upload.offset !== size) incomplete(digest, upload.offset, size);
      const stored = await blobs.finish(upload, digest);
      const kept = await records.finishUpload(upload, stored);
      if (kept && kept.location !== stored.location) await blobs.delete(stored);
    } catch (error) {
      if (await records.deleteUpload(id)) await blobs.abort(begun);
      throw error;
    }
  }
}

/** A storage takes an end by an error for an end: the error is kept here. */
function failing(bytes: AsyncIterable<Uint8Array>) {
  return {
    error: undefined as unknown,
    async *[Symbol.asyncIterator]() {
      try {
        yield* bytes;
      } catch (error) {
        this.error = error;
        throw error;
      }
    },
  };
}

function incomplete(digest: Digest, got: number, size: number): never {
  return fail("data-loss", `blob ${digest} ended after ${got} of ${size} bytes`);
}

function missing(digest: Digest): never {
  return fail("not-found", `upstream has no blob ${digest}`);
}
