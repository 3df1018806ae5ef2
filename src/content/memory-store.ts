import type { Bytes, Chunk } from "#bytes";
import type { Digest } from "#oci";
import type { ContentStore, OpenOptions } from "./content-store.ts";
import { type Blobs, ingestBytes, measureBytes } from "./memory-ingestion.ts";
import { PartialBytes } from "./partial-bytes.ts";
import { checkSize, MOST_TO_READ, missing, verified, verifiedWhole } from "./verify.ts";

const CHUNK = 256 << 10;

/** Blobs in memory: for tests, and for what is made and thrown away within one process. */
export function createMemoryContentStore(): ContentStore {
  const blobs: Blobs = new Map();
  const partial = new PartialBytes(blobs);
  const bytesOf = (digest: Digest) => blobs.get(digest) ?? missing(digest);
  const stat = (digest: Digest) => {
    const bytes = blobs.get(digest);
    return bytes && { digest, size: bytes.length };
  };
  return {
    stat,
    open: (digest, options = {}) => openBytes(() => bytesOf(digest), digest, options),
    read: async (digest, most = MOST_TO_READ) => {
      checkSize(stat(digest) ?? missing(digest), most);
      return verifiedWhole(bytesOf(digest), digest).slice();
    },
    path: () => undefined,
    ingest: ({ algorithm = "sha256" } = {}) => ingestBytes(blobs, algorithm),
    scratch: () => measureBytes(),
    resume: (digest, options = {}) => partial.resume(digest, options),
    prunePartial: async (before) => partial.prune(before),
    delete: (digest) => {
      blobs.delete(digest);
    },
    list: () => Array.from(blobs, ([digest, bytes]) => ({ digest, size: bytes.length })),
  };
}

function openBytes(bytes: () => Uint8Array, digest: Digest, options: OpenOptions): Bytes {
  const { offset = 0, verify = true, signal } = options;
  const chunks = chunked(bytes, offset, signal);
  return verify && offset === 0 ? verified(chunks, digest) : chunks;
}

async function* chunked(
  bytes: () => Uint8Array,
  offset: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Chunk> {
  const whole = bytes();
  for (let at = offset; at < whole.length; at += CHUNK) {
    signal?.throwIfAborted();
    yield whole.subarray(at, at + CHUNK);
  }
}
