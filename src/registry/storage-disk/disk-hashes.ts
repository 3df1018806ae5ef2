import type { UploadRecord } from "../records.ts";

/** A hash of an upload's first `offset` bytes. */
export interface RunningHash {
  readonly algorithm: UploadRecord["algorithm"];
  readonly hasher: Bun.CryptoHasher;
  readonly offset: number;
}

/** The most uploads whose hash is kept at hand; the others are read once more when they end. */
const MOST = 10_000;

/** Hashes of uploads between two requests. Where one is missing, the file is read again. */
export class DiskHashes {
  readonly #running = new Map<string, RunningHash>();

  /** The hash, if it stands at `offset`. It is the caller's alone from now on. */
  take(id: string, offset: number): RunningHash | undefined {
    const running = this.#running.get(id);
    this.#running.delete(id);
    return running?.offset === offset ? running : undefined;
  }

  keep(id: string, hash: RunningHash): void {
    this.#running.set(id, hash);
    if (this.#running.size <= MOST) return;
    for (const oldest of this.#running.keys()) {
      this.#running.delete(oldest);
      return;
    }
  }
}
