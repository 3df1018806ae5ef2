/** The most uploads whose hash is kept at hand; the others are read once more when they end. */
const MOST = 10_000;

/** Hashes of what has come of an upload, by the version of its state; of this replica alone. */
export class StreamHashes {
  readonly #running = new Map<string, Bun.CryptoHasher>();

  /** The hash of that version. It is the caller's alone from now on. */
  take(version: string): Bun.CryptoHasher | undefined {
    const hasher = this.#running.get(version);
    this.#running.delete(version);
    return hasher;
  }

  keep(version: string, hasher: Bun.CryptoHasher): void {
    this.#running.set(version, hasher);
    if (this.#running.size <= MOST) return;
    for (const oldest of this.#running.keys()) {
      this.#running.delete(oldest);
      return;
    }
  }
}
