import type { Hash } from "node:crypto";
import type { Bytes, Chunk } from "#bytes";
import { fail } from "#errors";
import { algorithmOf, type Descriptor, hexOf } from "#oci";
import type { OutgoingBlob } from "./graph.ts";

/** Opens the bytes of a blob from a place on. */
export type OpenBlob = (offset: number) => Bytes;

/**
 * A blob that goes out as it is: whatever comes from `open` must have its digest and size, else
 * the stream fails with `data-loss` before its end. What was read once is not hashed again when a
 * reader begins anew from further back.
 */
export function verifiedBlob(
  descriptor: Descriptor,
  open: OpenBlob,
  places: OutgoingBlob["places"] = [],
): OutgoingBlob {
  const { digest, size, mediaType } = descriptor;
  const check = new RunningCheck(descriptor);
  return {
    ...{ digest, size, mediaType, places, total: size },
    open: (offset) => check.watch(open(offset), offset),
    read: () => check.seen,
    result: () => ({ digest, size }),
  };
}

class RunningCheck {
  readonly #descriptor: Descriptor;
  #hash: Hash | undefined;
  /** Bytes from the start that are hashed. */
  #hashed = 0;
  seen = 0;

  constructor(descriptor: Descriptor) {
    this.#descriptor = descriptor;
  }

  async *watch(bytes: Bytes, offset: number): AsyncGenerator<Chunk> {
    let at = offset;
    for await (const chunk of bytes) {
      this.#take(chunk, at);
      at += chunk.length;
      this.seen = at;
      yield chunk;
    }
    this.#finish(at);
  }

  #take(chunk: Chunk, at: number): void {
    const { createHash } = process.getBuiltinModule("node:crypto");
    this.#hash ??= createHash(algorithmOf(this.#descriptor.digest));
    const end = at + chunk.length;
    if (at > this.#hashed) fail("internal", "a blob was read on from where it was not read to");
    if (end <= this.#hashed) return;
    this.#hash.update(chunk.subarray(this.#hashed - at));
    this.#hashed = end;
    if (end > this.#descriptor.size) this.#fail(`it has more than ${this.#descriptor.size} bytes`);
    if (end === this.#descriptor.size) this.#checkDigest();
  }

  /** The hash ends with the last byte, so that the reader never gets that of a damaged blob. */
  #checkDigest(): void {
    const { digest } = this.#descriptor;
    const hex = this.#hash!.digest("hex");
    if (hex !== hexOf(digest)) this.#fail(`its bytes have the digest ${hex}`);
  }

  #finish(at: number): void {
    const { size } = this.#descriptor;
    if (at !== size) this.#fail(`it ended after ${at} of ${size} bytes`);
  }

  #fail(why: string): never {
    return fail("data-loss", `blob ${this.#descriptor.digest} is damaged: ${why}`);
  }
}
