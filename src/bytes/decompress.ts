import type { Gunzip, ZstdDecompress } from "node:zlib";
import { fail } from "#errors";
import type { Bytes, Chunk } from "./bytes.ts";
import { createZstdFraming } from "./zstd-framing.ts";

// Node's default of 16 KiB halves the speed.
const CHUNK_SIZE = 256 * 1024;

/**
 * Inflates gzip (RFC 1952): all members, zero padding after the last one allowed. Anything else
 * after it, a wrong checksum and a missing end fail with `data-loss`.
 */
export function gunzip(bytes: Bytes): AsyncGenerator<Chunk> {
  return inflate("gzip", zlib().createGunzip({ chunkSize: CHUNK_SIZE }), bytes);
}

/** Inflates zstd (RFC 8878): all frames; trailing bytes and a missing end fail with `data-loss`. */
export function unzstd(bytes: Bytes): AsyncGenerator<Chunk> {
  return inflate("zstd", zlib().createZstdDecompress({ chunkSize: CHUNK_SIZE }), framed(bytes));
}

type Inflater = Gunzip | ZstdDecompress;

/** Loading it takes milliseconds, which whoever inflates nothing shall not pay. */
function zlib(): typeof import("node:zlib") {
  return process.getBuiltinModule("node:zlib");
}

async function* inflate(name: string, inflater: Inflater, bytes: Bytes): AsyncGenerator<Chunk> {
  let failure: { error: unknown } | undefined;
  const fed = feed(inflater, bytes).catch((error: unknown) => {
    failure ??= { error };
    inflater.destroy();
  });
  try {
    for await (const chunk of inflater) yield chunk as Chunk;
    await fed;
  } catch (error) {
    if (failure === undefined) fail("data-loss", `damaged ${name} data: ${reason(error)}`, error);
  } finally {
    inflater.destroy();
  }
  if (failure !== undefined) throw failure.error;
}

async function feed(inflater: Inflater, bytes: Bytes): Promise<void> {
  for await (const chunk of bytes) {
    if (inflater.destroyed) return;
    await written(inflater, chunk);
  }
  inflater.end();
}

// Waits for each chunk: the producer may reuse its buffer at the next pull.
function written(inflater: Inflater, chunk: Chunk): Promise<void> {
  return new Promise((resolve) => {
    inflater.once("close", resolve);
    inflater.write(chunk, () => {
      inflater.off("close", resolve);
      resolve();
    });
  });
}

async function* framed(bytes: Bytes): AsyncGenerator<Chunk> {
  const framing = createZstdFraming();
  for await (const chunk of bytes) {
    framing.push(chunk);
    yield chunk;
  }
  framing.end();
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
