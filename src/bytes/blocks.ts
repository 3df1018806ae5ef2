import type { Bytes, Chunk } from "./bytes.ts";

/**
 * The same bytes in arrays of exactly `size`, the last one shorter (never empty). Each is new
 * memory, so that it may be kept.
 */
export async function* blocksOf(bytes: Bytes, size: number): AsyncGenerator<Chunk> {
  let block = new Uint8Array(size);
  let filled = 0;
  for await (const chunk of bytes)
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + size - filled);
      block.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < size) continue;
      yield block;
      block = new Uint8Array(size);
      filled = 0;
    }
  if (filled > 0) yield block.subarray(0, filled);
}

/**
 * What `work` makes of each item, in the items' order, with at most `width` of them in work. The
 * first failure ends it, once the work that had begun is over.
 */
export async function* mapInOrder<In, Out>(
  items: AsyncIterable<In>,
  width: number,
  work: (item: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const begun: Promise<Out>[] = [];
  try {
    for await (const item of items) {
      const result = work(item);
      // It is awaited in its turn; until then its failure is no unhandled one.
      result.catch(() => undefined);
      begun.push(result);
      if (begun.length >= width) yield await begun.shift()!;
    }
    while (begun.length > 0) yield await begun.shift()!;
  } finally {
    await Promise.allSettled(begun);
  }
}
