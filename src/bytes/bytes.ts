import { fail } from "#errors";

/** One piece of a byte stream. The producer may reuse its buffer after the next pull. */
export type Chunk = Uint8Array;

/** A byte stream, pulled by the reader: the one stream type that crosses module borders. */
export type Bytes = AsyncIterable<Chunk>;

/** All the bytes in one array; fails with `resource-exhausted` when there are more than `most`. */
export async function collect(bytes: Bytes, most: number): Promise<Uint8Array> {
  const chunks: Chunk[] = [];
  for await (const chunk of limit(bytes, most, "data")) chunks.push(new Uint8Array(chunk));
  return concat(chunks);
}

/** The same bytes; fails with `resource-exhausted` as soon as there are more than `most`. */
export async function* limit(bytes: Bytes, most: number, what: string): AsyncGenerator<Chunk> {
  let seen = 0;
  for await (const chunk of bytes) {
    seen += chunk.length;
    if (seen > most)
      fail("resource-exhausted", `${what} is larger than the limit of ${most} bytes`);
    yield chunk;
  }
}

/** A stream over bytes already at hand. */
export async function* chunksOf(...chunks: Chunk[]): AsyncGenerator<Chunk> {
  yield* chunks;
}

/** One array with the bytes of all. */
export function concat(chunks: readonly Chunk[]): Uint8Array {
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
