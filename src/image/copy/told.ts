import type { Bytes, Chunk } from "#bytes";
import type { TakeOptions } from "./graph.ts";

/** The same bytes, with word of how many have been taken; ends with the signal's reason. */
export async function* told(
  bytes: Bytes,
  { onProgress, signal }: TakeOptions,
): AsyncGenerator<Chunk> {
  let taken = 0;
  for await (const chunk of bytes) {
    signal?.throwIfAborted();
    yield chunk;
    taken += chunk.length;
    onProgress?.(taken);
  }
}
