import type { SparseFragment } from "./header.ts";

/** Gives each stored byte its place in the file, stretch by stretch of a sparse one. */
export class BodyCursor {
  readonly #fragments: readonly SparseFragment[] | undefined;
  #index = 0;
  /** Bytes of the current stretch that are done. */
  #done = 0;

  constructor(fragments: readonly SparseFragment[] | undefined) {
    this.#fragments = fragments;
  }

  /** Hands on the bytes in as few pieces as their places allow. */
  deliver(bytes: Uint8Array, data: (chunk: Uint8Array, position: number) => void): void {
    if (!this.#fragments) {
      data(bytes, this.#done);
      this.#done += bytes.length;
      return;
    }
    for (let at = 0; at < bytes.length; ) at += this.#deliverPart(bytes.subarray(at), data);
  }

  #deliverPart(rest: Uint8Array, data: (chunk: Uint8Array, position: number) => void): number {
    const { offset, length } = this.#fragments![this.#index]!;
    const size = Math.min(rest.length, length - this.#done);
    if (size > 0) data(rest.subarray(0, size), offset + this.#done);
    this.#done += size;
    if (this.#done === length) {
      this.#index++;
      this.#done = 0;
    }
    return size;
  }
}
