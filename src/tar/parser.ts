import { fail, KindedError } from "#errors";
import { type Assembled, assemble, type Prelude, pathOf } from "./assemble.ts";
import { HeaderBlock, hasValidChecksum, isZeroBlock } from "./block.ts";
import { BodyCursor } from "./body.ts";
import { BLOCK, padding, type SparseFragment, type TarHeader } from "./header.ts";
import { type PaxRecords, readPaxRecords, textOf } from "./pax.ts";
import { checkMap, EXTENSION_PAIRS, isExtended, LeadingMap, readOldMap } from "./sparse.ts";

/** What a {@link TarParser} drives. What a method throws comes out of `write`. */
export interface TarSink {
  /** A new entry; its content follows, stored from byte `contentAt` of the archive on. */
  entry(header: TarHeader, contentAt: number): void;
  /** A piece of content and its place in the file (holes are skipped). Valid during the call only. */
  data(chunk: Uint8Array, position: number): void;
  /** The entry's content is complete. */
  close(): void;
}

export interface TarParserOptions {
  /** Most bytes of one pax header, long name or sparse map; default 1 MiB. */
  readonly maxMetaSize?: number;
}

/** Records are padded by less than a mebibyte; a stream that only goes on is no archive. */
const MOST_AFTER_END = 64 << 20;

type State = "header" | "meta" | "extendedMap" | "leadingMap" | "body" | "skip" | "end";

/** Pax headers (Solaris has X for x), GNU long names and links. */
const META_TYPES = "xXgLK";
const VOLUME_LABEL = "V";

/**
 * A push parser for tar in all its dialects: ustar, pax (global headers, binary extended
 * attributes, sparse 0.0, 0.1 and 1.0), GNU (long names, old sparse, base-256), star, v7. As with
 * GNU tar the first block of zeros ends the archive and what follows is ignored, and the stream
 * may end after any whole entry. Errors name the entry and the offset: `invalid-argument` for a
 * malformed archive, `data-loss` for one that is cut off, `unsupported` for an unknown type,
 * `resource-exhausted` for metadata over the limit.
 */
export class TarParser {
  readonly #sink: TarSink;
  readonly #maxMeta: number;
  readonly #data: TarSink["data"];
  #state: State = "header";
  /** Bytes of the stream before the current chunk. */
  #offset = 0;
  #afterEnd = 0;
  #path: string = "";
  #stored = 0;
  /** Bytes of content, metadata or padding that are still to come. */
  #left = 0;
  readonly #partial = Buffer.alloc(BLOCK);
  #partialLength = 0;
  #metaType = "";
  #meta = Buffer.alloc(0);
  #globals: PaxRecords = new Map();
  #prelude: Prelude = {};
  #entry: Assembled | undefined;
  #map: SparseFragment[] = [];
  #leading = new LeadingMap();
  #cursor = new BodyCursor(undefined);

  constructor(sink: TarSink, options: TarParserOptions = {}) {
    this.#sink = sink;
    this.#data = (chunk, position) => sink.data(chunk, position);
    this.#maxMeta = options.maxMetaSize ?? 1 << 20;
  }

  /** Takes the next bytes of the archive; all calls on the sink happen before it returns. */
  write(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let at = 0;
    while (at < bytes.length && this.#state !== "end") at += this.#take(bytes, at);
    this.#afterEnd += bytes.length - at;
    this.#offset += bytes.length;
    if (this.#afterEnd > MOST_AFTER_END)
      this.#fail("resource-exhausted", "more than 64 MiB follow the archive's end", this.#offset);
  }

  /** The stream is over; fails with `data-loss` when an entry is not. */
  end(): void {
    const isWhole = this.#state === "header" && this.#partialLength === 0;
    if (this.#state === "end" || (isWhole && Object.keys(this.#prelude).length === 0)) return;
    this.#fail("data-loss", "the archive is cut off here", this.#offset);
  }

  #take(bytes: Buffer, at: number): number {
    if (this.#state === "body") return this.#takeBody(bytes, at);
    if (this.#state === "skip") return this.#takeSkip(bytes, at);
    if (this.#state === "meta") return this.#takeMeta(bytes, at);
    return this.#takeBlock(bytes, at);
  }

  #takeBody(bytes: Buffer, at: number): number {
    const size = Math.min(this.#left, bytes.length - at);
    this.#left -= size;
    this.#cursor.deliver(bytes.subarray(at, at + size), this.#data);
    if (this.#left === 0) this.#close();
    return size;
  }

  #takeSkip(bytes: Buffer, at: number): number {
    const size = Math.min(this.#left, bytes.length - at);
    this.#left -= size;
    if (this.#left === 0) this.#state = "header";
    return size;
  }

  #takeMeta(bytes: Buffer, at: number): number {
    const start = this.#meta.length - this.#left;
    const size = bytes.copy(this.#meta, start, at, at + Math.min(this.#left, bytes.length - at));
    this.#left -= size;
    if (this.#left === 0) this.#parse(() => this.#endMeta(), at);
    return size;
  }

  /** Takes a whole block: in place when the chunk has it in one piece, else gathered. */
  #takeBlock(bytes: Buffer, at: number): number {
    if (this.#partialLength === 0 && bytes.length - at >= BLOCK) {
      this.#block(bytes.subarray(at, at + BLOCK), at);
      return BLOCK;
    }
    const size = bytes.copy(this.#partial, this.#partialLength, at);
    this.#partialLength += size;
    if (this.#partialLength < BLOCK) return size;
    this.#partialLength = 0;
    this.#block(this.#partial, at + size - BLOCK);
    return size;
  }

  #block(block: Buffer, at: number): void {
    if (this.#state === "header") this.#parse(() => this.#startHeader(block), at);
    else if (this.#state === "extendedMap") this.#parse(() => this.#extendMap(block), at);
    else this.#parse(() => this.#leadMap(block), at);
    if (this.#entry && this.#state === "body") this.#open(this.#entry, this.#offset + at + BLOCK);
  }

  #parse(step: () => void, at: number): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof KindedError)) throw error;
      this.#fail(error.kind, error.message, this.#offset + at, error);
    }
  }

  #fail(kind: KindedError["kind"], what: string, offset: number, cause?: unknown): never {
    const where = this.#path ? `in or after entry ${this.#path}, ` : "";
    return fail(kind, `tar archive, ${where}byte ${offset}: ${what}`, cause);
  }

  #startHeader(block: Buffer): void {
    if (isZeroBlock(block)) {
      this.#state = "end";
      return;
    }
    if (!hasValidChecksum(block))
      fail("invalid-argument", "this is not a tar header (its checksum is wrong)");
    const raw = new HeaderBlock(block);
    if (META_TYPES.includes(raw.type)) this.#startMeta(raw);
    else if (raw.type === VOLUME_LABEL) this.#skip(raw.size);
    else this.#startEntry(raw);
  }

  #startMeta(raw: HeaderBlock): void {
    const size = raw.size;
    if (size < 0) fail("invalid-argument", `extended header ${raw.path} has a negative size`);
    if (size > this.#maxMeta)
      fail("resource-exhausted", `extended header of ${size} bytes (limit ${this.#maxMeta})`);
    this.#metaType = raw.type;
    this.#meta = Buffer.alloc(size);
    this.#left = size;
    this.#state = "meta";
    if (size === 0) this.#endMeta();
  }

  #endMeta(): void {
    const [type, meta] = [this.#metaType, this.#meta];
    if (type === "g") readPaxRecords(meta, this.#globals);
    else if (type === "L") this.#prelude.longName = untilNul(meta);
    else if (type === "K") this.#prelude.longLink = untilNul(meta);
    else this.#prelude.pax = readPaxRecords(meta, new Map(this.#globals));
    this.#skipPadding(meta.length);
  }

  #startEntry(raw: HeaderBlock): void {
    this.#path = pathOf(raw, this.#prelude, this.#globals);
    const entry = assemble(raw, this.#path, this.#prelude, this.#globals);
    this.#prelude = {};
    this.#entry = entry;
    this.#left = entry.stored;
    if (entry.restOfMap === "extended") {
      this.#map = [...entry.header.sparse!];
      this.#state = "extendedMap";
    } else if (entry.restOfMap === "leading") {
      this.#leading = new LeadingMap();
      this.#state = "leadingMap";
    } else this.#ready(entry.header.sparse);
  }

  #extendMap(block: Buffer): void {
    for (const fragment of readOldMap(block, 0, EXTENSION_PAIRS)) this.#map.push(fragment);
    this.#limitMap(this.#map.length * 24);
    if (!isExtended(block)) this.#ready(this.#map);
  }

  #leadMap(block: Buffer): void {
    this.#left -= BLOCK;
    if (this.#left < 0) fail("invalid-argument", "the sparse map is longer than its entry");
    const map = this.#leading.add(block);
    this.#limitMap(this.#leading.size);
    if (map) this.#ready(map);
  }

  #limitMap(size: number): void {
    if (size > this.#maxMeta)
      fail("resource-exhausted", `a sparse map of more than ${this.#maxMeta} bytes`);
  }

  #ready(map: readonly SparseFragment[] | undefined): void {
    const { header } = this.#entry!;
    if (map) checkMap(map, header.size, this.#left);
    this.#cursor = new BodyCursor(map);
    this.#entry = { header: map ? { ...header, sparse: map } : header, stored: this.#left };
    this.#state = "body";
  }

  #open({ header, stored }: Assembled, contentAt: number): void {
    this.#entry = undefined;
    this.#stored = stored;
    this.#sink.entry(header, contentAt);
    if (stored > 0 && header.type === "file") return;
    this.#sink.close();
    this.#skip(stored);
  }

  #close(): void {
    this.#sink.close();
    this.#skipPadding(this.#stored);
  }

  /** Passes over content that nobody wants, and its padding. */
  #skip(size: number): void {
    if (size < 0) fail("invalid-argument", "negative size");
    this.#left = size + padding(size);
    this.#state = this.#left > 0 ? "skip" : "header";
  }

  #skipPadding(size: number): void {
    this.#left = padding(size);
    this.#state = this.#left > 0 ? "skip" : "header";
  }
}

function untilNul(bytes: Buffer): string {
  const nul = bytes.indexOf(0);
  return textOf(nul < 0 ? bytes : bytes.subarray(0, nul));
}
