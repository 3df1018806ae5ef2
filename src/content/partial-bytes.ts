import { type Bytes, type Chunk, chunksOf } from "#bytes";
import { fail } from "#errors";
import { algorithmOf, type Digest } from "#oci";
import type {
  Algorithm,
  BlobInfo,
  Expected,
  Ingestion,
  ResumedIngestion,
  ResumeOptions,
} from "./content-store.ts";
import { type Blobs, ingestBytes } from "./memory-ingestion.ts";

interface Partial {
  chunks: Chunk[];
  written: number;
}

/** What tries left of blobs, in memory; one at a time works on each. */
export class PartialBytes {
  readonly #blobs: Blobs;
  readonly #partial = new Map<Digest, Partial>();
  readonly #busy = new Map<Digest, Promise<void>>();

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  async resume(digest: Digest, { signal, onWait }: ResumeOptions): Promise<ResumedIngestion> {
    if (this.#busy.has(digest)) onWait?.();
    for (let busy = this.#busy.get(digest); busy; busy = this.#busy.get(digest))
      await untilAborted(busy, signal);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#busy.set(digest, promise);
    const ingestion = ingestBytes(this.#blobs, algorithmOf(digest) as Algorithm);
    const { chunks } = this.#partial.get(digest) ?? { chunks: [] };
    const end = (left: Chunk[] | undefined) => {
      if (left?.length) this.#partial.set(digest, { chunks: left, written: Date.now() });
      else this.#partial.delete(digest);
    };
    const release = () => {
      this.#busy.delete(digest);
      resolve();
    };
    return new ResumedBytes(digest, chunks, ingestion, end, release);
  }

  prune(before: number): number {
    let bytes = 0;
    for (const [digest, { chunks, written }] of this.#partial) {
      if (written >= before || this.#busy.has(digest)) continue;
      bytes += sizeOf(chunks);
      this.#partial.delete(digest);
    }
    return bytes;
  }
}

class ResumedBytes implements ResumedIngestion {
  readonly resumed: number;
  readonly #digest: Digest;
  readonly #earlier: readonly Chunk[];
  readonly #taken: Chunk[];
  readonly #ingestion: Ingestion;
  /** Undefined when it has ended. */
  #end: ((left: Chunk[] | undefined) => void) | undefined;
  readonly #release: () => void;

  constructor(
    digest: Digest,
    earlier: readonly Chunk[],
    ingestion: Ingestion,
    end: (left: Chunk[] | undefined) => void,
    release: () => void,
  ) {
    this.#digest = digest;
    this.#earlier = earlier;
    this.#taken = [...earlier];
    this.#ingestion = ingestion;
    this.#end = end;
    this.#release = release;
    this.resumed = sizeOf(earlier);
    for (const chunk of earlier) ingestion.write(chunk);
  }

  get offset(): number {
    return this.#ingestion.offset;
  }

  earlier(): Bytes {
    return chunksOf(...this.#earlier);
  }

  write(chunk: Uint8Array): void {
    if (!this.#end) fail("internal", "this ingestion has ended");
    this.#ingestion.write(chunk);
    this.#taken.push(new Uint8Array(chunk));
  }

  commit(expected: Expected = {}): Promise<BlobInfo> {
    this.discard();
    return this.#ingestion.commit({ ...expected, digest: this.#digest });
  }

  discard(): void {
    this.#end?.(undefined);
    this.#end = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end?.(this.#taken);
    this.#end = undefined;
    await this.#ingestion[Symbol.asyncDispose]();
    this.#release();
  }
}

function sizeOf(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

async function untilAborted(busy: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener("abort", abort);
  try {
    await Promise.race([busy, aborted.promise]);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
