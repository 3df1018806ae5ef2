import type { Bytes } from "#bytes";
import type { TarHeader } from "./header.ts";
import { TarParser, type TarParserOptions, type TarSink } from "./parser.ts";

/** A member of an archive. The body is to be read before the next member is asked for. */
export interface TarMember {
  readonly header: TarHeader;
  /** The content, holes filled with zeros. What is not read of it is passed over. */
  readonly body: Bytes;
}

const HOLE = new Uint8Array(64 * 1024);

/**
 * The members of an archive, one at a time, for archives that hold a few large files (what
 * `docker save` writes). Fails as {@link TarParser} does.
 */
export async function* readTar(
  bytes: Bytes,
  options: TarParserOptions = {},
): AsyncGenerator<TarMember> {
  const queue = new MemberQueue(bytes, options);
  try {
    for (let header = await queue.next(); header; header = await queue.next()) {
      yield { header, body: queue.body(header.size) };
    }
  } finally {
    await queue.stop();
  }
}

type Piece = { chunk: Uint8Array; position: number } | "end";

/** What the parser has found in the last chunk and nobody has taken yet. */
class MemberQueue implements TarSink {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #parser: TarParser;
  readonly #found: (TarHeader | Piece)[] = [];
  #isOver = false;

  constructor(bytes: Bytes, options: TarParserOptions) {
    this.#source = bytes[Symbol.asyncIterator]();
    this.#parser = new TarParser(this, options);
  }

  entry(header: TarHeader): void {
    this.#found.push(header);
  }

  data(chunk: Uint8Array, position: number): void {
    this.#found.push({ chunk, position });
  }

  close(): void {
    this.#found.push("end");
  }

  /** The next header; pieces before it are of a body that its reader left early. */
  async next(): Promise<TarHeader | undefined> {
    for (;;) {
      const found = await this.#take();
      if (found === undefined || isHeader(found)) return found;
    }
  }

  async *body(size: number): AsyncGenerator<Uint8Array> {
    let at = 0;
    for (let piece = await this.#piece(); piece !== "end"; piece = await this.#piece()) {
      yield* zeros(piece.position - at);
      yield piece.chunk;
      at = piece.position + piece.chunk.length;
    }
    yield* zeros(size - at);
  }

  async stop(): Promise<void> {
    await this.#source.return?.();
  }

  async #piece(): Promise<Piece> {
    return (await this.#take()) as Piece;
  }

  async #take(): Promise<TarHeader | Piece | undefined> {
    while (this.#found.length === 0 && !this.#isOver) {
      const { value, done } = await this.#source.next();
      if (done) this.#parser.end();
      else this.#parser.write(value);
      this.#isOver = done === true;
    }
    return this.#found.shift();
  }
}

function isHeader(found: TarHeader | Piece): found is TarHeader {
  return found !== "end" && "path" in found;
}

function* zeros(count: number): Generator<Uint8Array> {
  for (let left = count; left > 0; left -= HOLE.length) yield HOLE.subarray(0, left);
}
