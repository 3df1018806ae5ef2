import { type Bytes, type Chunk, concat } from "#bytes";
import { fail } from "#errors";
import { type Digest, digestOf } from "#oci";
import type {
  Algorithm,
  BlobInfo,
  ContentStore,
  Expected,
  Ingestion,
  OpenOptions,
} from "./content-store.ts";
import {
  checkExpected,
  checkSize,
  MOST_TO_READ,
  missing,
  startHash,
  verified,
  verifiedWhole,
} from "./verify.ts";

type Blobs = Map<Digest, Uint8Array>;

const CHUNK = 256 << 10;

/** Blobs in memory: for tests, and for what is made and thrown away within one process. */
export function createMemoryContentStore(): ContentStore {
  const blobs: Blobs = new Map();
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

function ingestBytes(blobs: Blobs, algorithm: Algorithm): Ingestion {
  const chunks: Chunk[] = [];
  let offset = 0;
  let open = true;
  return {
    get offset() {
      return offset;
    },
    write: (chunk) => {
      if (!open) fail("internal", "this ingestion has ended");
      chunks.push(new Uint8Array(chunk));
      offset += chunk.length;
    },
    commit: async (expected: Expected = {}): Promise<BlobInfo> => {
      if (!open) fail("internal", "this ingestion has ended");
      open = false;
      const bytes = concat(chunks);
      const info = { digest: digestWith(algorithm, bytes), size: bytes.length };
      checkExpected(info, expected);
      expected.announce?.(info.digest);
      blobs.set(info.digest, bytes);
      return info;
    },
    [Symbol.asyncDispose]: async () => {
      open = false;
      chunks.length = 0;
    },
  };
}

function digestWith(algorithm: Algorithm, bytes: Uint8Array): Digest {
  if (algorithm === "sha256") return digestOf(bytes);
  return `${algorithm}:${startHash(algorithm).update(bytes).digest("hex")}` as Digest;
}
