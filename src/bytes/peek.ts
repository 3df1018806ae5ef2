import { type Bytes, type Chunk, concat } from "./bytes.ts";

/**
 * The first bytes of a stream, at least `length` of them where it has so many, and the whole
 * stream, those included. Only the given stream may be read afterwards, and must be.
 */
export async function peek(
  bytes: Bytes,
  length: number,
): Promise<{ first: Uint8Array; bytes: AsyncGenerator<Chunk> }> {
  const iterator = bytes[Symbol.asyncIterator]();
  const chunks: Chunk[] = [];
  for (let seen = 0; seen < length; ) {
    const next = await iterator.next();
    if (next.done) break;
    // The producer may reuse its buffer at the next pull.
    chunks.push(next.value.slice());
    seen += next.value.length;
  }
  const first = concat(chunks);
  return { first, bytes: resume(first, iterator) };
}

async function* resume(first: Chunk, rest: AsyncIterator<Chunk>): AsyncGenerator<Chunk> {
  try {
    if (first.length > 0) yield first;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
