import type { Hash } from "node:crypto";
import type { Bytes, Chunk } from "#bytes";
import { fail } from "#errors";
import { algorithmOf, type Digest, hexOf } from "#oci";
import type { Algorithm, BlobInfo, Expected } from "./content-store.ts";

/** The most of a blob that `read` takes when its caller says nothing: registries' manifest limit. */
export const MOST_TO_READ = 4 << 20;

/** A running hash. Loaded when first asked for: what only lists blobs has no use for it. */
export function startHash(algorithm: Algorithm): Hash {
  return process.getBuiltinModule("node:crypto").createHash(algorithm);
}

/** The same bytes; fails with `data-loss` at the end when they are not those of `digest`. */
export async function* verified(bytes: Bytes, digest: Digest): AsyncGenerator<Chunk> {
  const hash = startHash(algorithmOf(digest) as Algorithm);
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest("hex") !== hexOf(digest)) damaged(digest);
}

/** A small blob already read: the bytes themselves when they are those of `digest`. */
export function verifiedWhole(bytes: Uint8Array, digest: Digest): Uint8Array {
  const hash = new Bun.CryptoHasher(algorithmOf(digest) as Algorithm);
  return hash.update(bytes).digest("hex") === hexOf(digest) ? bytes : damaged(digest);
}

/** Fails with `data-loss` when what came is not what was expected. */
export function checkExpected({ digest, size }: BlobInfo, expected: Expected): void {
  if (expected.size !== undefined && expected.size !== size)
    fail("data-loss", `blob ${digest}: expected ${expected.size} bytes, got ${size}`);
  if (expected.digest !== undefined && expected.digest !== digest)
    fail("data-loss", `blob: expected digest ${expected.digest}, got ${digest}`);
}

/** Fails with `resource-exhausted` when a blob is too large to be held whole. */
export function checkSize({ digest, size }: BlobInfo, most: number): void {
  if (size > most)
    fail("resource-exhausted", `blob ${digest} has ${size} bytes, more than the limit of ${most}`);
}

export function missing(digest: Digest): never {
  return fail("not-found", `blob ${digest} is not in the store; pull or load its image again`);
}

function damaged(digest: Digest): never {
  return fail("data-loss", `blob ${digest} is damaged: its bytes have another digest`);
}
