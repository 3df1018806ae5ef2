import type { Digest } from "#oci";

/** Manifests that were read lately: their bytes never change, so that only room is a question. */
export class ContentCache {
  readonly #bytes = new Map<Digest, Uint8Array>();
  readonly #most: number;
  #held = 0;

  /** @param most bytes in all */
  constructor(most: number) {
    this.#most = most;
  }

  get(digest: Digest): Uint8Array | undefined {
    const bytes = this.#bytes.get(digest);
    if (!bytes) return undefined;
    this.#bytes.delete(digest);
    this.#bytes.set(digest, bytes);
    return bytes;
  }

  set(digest: Digest, bytes: Uint8Array): void {
    if (bytes.length > this.#most / 4 || this.#bytes.has(digest)) return;
    this.#bytes.set(digest, bytes);
    this.#held += bytes.length;
    for (const [oldest, { length }] of this.#bytes) {
      if (this.#held <= this.#most) return;
      this.#bytes.delete(oldest);
      this.#held -= length;
    }
  }
}
