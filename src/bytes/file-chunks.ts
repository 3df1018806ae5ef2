import { closeSync, readSync } from "node:fs";
import type { Chunk } from "./bytes.ts";

/** Large enough to make system calls cheap, small enough to stay in the processor's cache. */
const CHUNK = 512 << 10;

/** Timers and signals get their turn after this many chunks. */
const CHUNKS_BETWEEN_TURNS = 16;

export interface FileChunksOptions {
  /** Where to begin; default 0. */
  readonly offset?: number;
  readonly signal?: AbortSignal;
}

/** The bytes of a regular file, which is closed at the end. Fails with the signal's reason. */
export async function* fileChunks(
  fd: number,
  { offset = 0, signal }: FileChunksOptions = {},
): AsyncGenerator<Chunk> {
  try {
    const buffer = new Uint8Array(CHUNK);
    for (let at = offset, turn = 1; ; turn++) {
      signal?.throwIfAborted();
      const got = readSync(fd, buffer, 0, CHUNK, at);
      if (got === 0) return;
      at += got;
      yield buffer.subarray(0, got);
      if (turn % CHUNKS_BETWEEN_TURNS === 0) await new Promise(setImmediate);
    }
  } finally {
    closeSync(fd);
  }
}
