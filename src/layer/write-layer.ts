import type { Bytes } from "#bytes";
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
  return encodeEntries(entries, options);
}

type Entries = Iterable<OpenEntry | undefined> | AsyncIterable<OpenEntry | undefined>;

/** As `writeLayer`; `undefined` among the entries is just an occasion to rest. */
export async function* encodeEntries(entries: Entries, options: WriteOptions): Bytes {
  const pace = new Pace(options.signal);
  const encoder = new LayerEncoder();
  // A plain iterable is gone through without a promise for each entry.
  if (Symbol.iterator in entries) {
    for (const entry of entries) {
      if (entry) for (const chunk of encode(encoder, entry, options)) yield chunk;
      if (pace.isDue) await pace.rest();
    }
  } else {
    for await (const entry of entries) {
      if (entry) for (const chunk of encode(encoder, entry, options)) yield chunk;
      if (pace.isDue) await pace.rest();
    }
  }
  yield* encoder.end();
}

function encode(encoder: LayerEncoder, entry: OpenEntry, { whiteouts }: WriteOptions) {
  if (!whiteouts) refuseWhiteout(entry.header.path);
  return encoder.add(entry);
}
