import type { Chunk } from "#bytes";
import { fail } from "#errors";
import { AT_FDCWD, closeFd, OpenFlag, openAt, readFully, readSome } from "#kernel";
import { encodeHeader, endOfArchive, padding } from "#tar";
import { shown } from "./entry-rules.ts";
import type { OpenEntry } from "./layer-entry.ts";

const CHUNK = 512 * 1024;
const READ = OpenFlag.readOnly | OpenFlag.nonBlock;

/** Told of each entry and the byte of the tar that its content begins at: see `TarSink.entry`. */
export type OnEntry = (header: OpenEntry["header"], contentAt: number) => void;

/** Packs entries into chunks; small ones share a chunk, and content is read straight into it. */
export class LayerEncoder {
  readonly #onEntry: OnEntry;
  readonly #chunk = Buffer.allocUnsafeSlow(CHUNK);
  #filled = 0;
  #taken = 0;

  constructor(onEntry: OnEntry = () => {}) {
    this.#onEntry = onEntry;
  }

  /** Bytes of the tar so far. */
  get size(): number {
    return this.#taken + this.#filled;
  }

  /** The chunks that became full with this entry. */
  *add({ header, content }: OpenEntry): Generator<Chunk> {
    const { size } = header;
    const fd = openContent(content);
    const isChanging = typeof content === "object" && "changing" in content;
    try {
      yield* this.#bytes(encodeHeader(header));
      this.#onEntry(header, this.size);
      if (fd !== undefined && isChanging) yield* this.#changingFile(fd, size);
      else if (fd !== undefined) yield* this.#file(fd, size, header.path);
      else yield* this.#content(content as Uint8Array | undefined, size, header.path);
      yield* this.#zeros(padding(size));
    } finally {
      if (fd !== undefined) closeFd(fd);
    }
  }

  /** The last chunks, with the mark that ends an archive. */
  *end(): Generator<Chunk> {
    yield* this.#bytes(endOfArchive());
    if (this.#filled > 0) yield this.#take();
  }

  *#bytes(bytes: Uint8Array): Generator<Chunk> {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + CHUNK - this.#filled);
      this.#chunk.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === CHUNK) yield this.#take();
    }
  }

  *#content(bytes: Uint8Array | undefined, size: number, path: string): Generator<Chunk> {
    if ((bytes?.length ?? 0) !== size) failChanged(path, size);
    if (bytes) yield* this.#bytes(bytes);
  }

  *#file(fd: number, size: number, path: string): Generator<Chunk> {
    if (size >= CHUNK - this.#filled) {
      yield* this.#largeFile(fd, size, path);
      return;
    }
    // One byte more is asked for than there should be, which shows a file that has grown.
    if (readSome(fd, this.#chunk, this.#filled, size + 1) !== size) failChanged(path, size);
    this.#filled += size;
  }

  *#largeFile(fd: number, size: number, path: string): Generator<Chunk> {
    for (let left = size; left > 0; ) {
      const part = Math.min(left, CHUNK - this.#filled);
      if (readFully(fd, this.#chunk, this.#filled, part) !== part) failChanged(path, size);
      this.#filled += part;
      left -= part;
      if (this.#filled === CHUNK) yield this.#take();
    }
    if (readSome(fd, this.#chunk, this.#filled, 1) !== 0) failChanged(path, size);
  }

  *#changingFile(fd: number, size: number): Generator<Chunk> {
    for (let left = size; left > 0; ) {
      const part = Math.min(left, CHUNK - this.#filled);
      const got = readFully(fd, this.#chunk, this.#filled, part);
      this.#chunk.fill(0, this.#filled + got, this.#filled + part);
      this.#filled += part;
      left -= part;
      if (this.#filled === CHUNK) yield this.#take();
    }
  }

  *#zeros(count: number): Generator<Chunk> {
    const end = Math.min(this.#filled + count, CHUNK);
    const left = this.#filled + count - end;
    this.#chunk.fill(0, this.#filled, end);
    this.#filled = end;
    if (this.#filled === CHUNK) yield this.#take();
    if (left > 0) yield* this.#zeros(left);
  }

  /** What is there so far; its memory is used again once the next chunk is asked for. */
  #take(): Chunk {
    const full = this.#chunk.subarray(0, this.#filled);
    this.#taken += this.#filled;
    this.#filled = 0;
    return full;
  }
}

function openContent(content: OpenEntry["content"]): number | undefined {
  if (typeof content === "string") return openAt(AT_FDCWD, content, READ);
  return content && "fd" in content ? content.fd : undefined;
}

function failChanged(path: string, size: number): never {
  return fail(
    "failed-precondition",
    `${shown(path)} changed while it was read (it had ${size} bytes): try again when nothing writes to it`,
  );
}
