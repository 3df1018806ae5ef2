import type { Bytes, Chunk } from "#bytes";
import { refuseWhiteout } from "./entry-rules.ts";
import { LayerEncoder } from "./layer-encoder.ts";
import type { LayerEntry, OpenEntry } from "./layer-entry.ts";
import { Pace } from "./pace.ts";

export interface WriteOptions {
  /**
   * Whether names that begin with `.wh.` are whiteouts that the caller means. By default such a
   * name fails with `invalid-argument`: in a layer it would remove another file.
   */
  readonly whiteouts?: boolean;
  readonly signal?: AbortSignal;
  /** Throws, for what went wrong while entries were made or read, what the reader is to get. */
  readonly failWriting?: (error: unknown) => never;
}

/**
 * Writes a layer's tar, in the order of the entries and deterministically. Files are read from
 * where they are, in one pass; one whose size is not what its header says fails with
 * `failed-precondition`.
 */
export function writeLayer(
  entries: Iterable<LayerEntry> | AsyncIterable<LayerEntry>,
  options: WriteOptions = {},
): Bytes {
  return new LayerTar(entries, options);
}

/** `undefined` is just an occasion to rest. */
type Entries = Iterable<OpenEntry | undefined> | AsyncIterable<OpenEntry | undefined>;

/** A layer's tar that is made while it is read, so that what is in it need not be parsed. */
export class LayerTar implements Bytes {
  readonly #entries: Entries;
  readonly #options: WriteOptions;

  constructor(entries: Entries, options: WriteOptions) {
    this.#entries = entries;
    this.#options = options;
  }

  [Symbol.asyncIterator](): AsyncIterator<Chunk> {
    return this.encode(new LayerEncoder());
  }

  async *encode(encoder: LayerEncoder): AsyncGenerator<Chunk> {
    try {
      yield* this.#encode(encoder);
    } catch (error) {
      this.#options.failWriting?.(error);
      throw error;
    }
  }

  async *#encode(encoder: LayerEncoder): AsyncGenerator<Chunk> {
    const entries = this.#entries;
    const pace = new Pace(this.#options.signal);
    // A plain iterable is gone through without a promise for each entry.
    if (Symbol.iterator in entries) {
      for (const entry of entries) {
        if (entry) for (const chunk of this.#add(encoder, entry)) yield chunk;
        if (pace.isDue) await pace.rest();
      }
    } else {
      for await (const entry of entries) {
        if (entry) for (const chunk of this.#add(encoder, entry)) yield chunk;
        if (pace.isDue) await pace.rest();
      }
    }
    yield* encoder.end();
  }

  #add(encoder: LayerEncoder, entry: OpenEntry) {
    if (!this.#options.whiteouts) refuseWhiteout(entry.header.path);
    return encoder.add(entry);
  }
}
