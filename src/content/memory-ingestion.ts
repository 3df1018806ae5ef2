import { type Chunk, concat } from "#bytes";
import { fail } from "#errors";
import { type Digest, digestOf } from "#oci";
import type { Algorithm, BlobInfo, Expected, Ingestion, Scratch } from "./content-store.ts";
import { checkExpected, startHash } from "./verify.ts";

export type Blobs = Map<Digest, Uint8Array>;

/** A blob on its way into memory. */
export function ingestBytes(blobs: Blobs, algorithm: Algorithm): Ingestion {
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

/** Only hashes: there is no file that anybody could read. */
export function measureBytes(): Scratch {
  const hash = startHash("sha256");
  let size = 0;
  return {
    write: (chunk) => {
      hash.update(chunk);
      size += chunk.length;
    },
    finish: async () => ({ digest: `sha256:${hash.digest("hex")}` as Digest, size }),
    [Symbol.asyncDispose]: async () => {},
  };
}

function digestWith(algorithm: Algorithm, bytes: Uint8Array): Digest {
  if (algorithm === "sha256") return digestOf(bytes);
  return `${algorithm}:${startHash(algorithm).update(bytes).digest("hex")}` as Digest;
}
