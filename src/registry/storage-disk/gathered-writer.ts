import type { FileHandle } from "node:fs/promises";

/** Small chunks are gathered up to this many bytes, so that a blob costs few system calls. */
const GATHERED = 1 << 20;

/** Writes to a file from an offset on. */
export class GatheredWriter {
  readonly #file: FileHandle;
  #buffer: Buffer | undefined;
  #filled = 0;
  #written: number;

  constructor(file: FileHandle, offset: number) {
    this.#file = file;
    this.#written = offset;
  }

  /** Where the next byte goes. */
  get offset(): number {
    return this.#written + this.#filled;
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#filled + chunk.length > GATHERED) await this.#flush();
    if (chunk.length >= GATHERED) {
      await this.#writeOut(chunk);
      return;
    }
    this.#buffer ??= Buffer.allocUnsafeSlow(GATHERED);
    this.#buffer.set(chunk, this.#filled);
    this.#filled += chunk.length;
  }

  /** All bytes are in the file when it resolves; gives its length. */
  async finish(): Promise<number> {
    await this.#flush();
    return this.#written;
  }

  async #flush(): Promise<void> {
    if (!this.#buffer || this.#filled === 0) return;
    const bytes = this.#buffer.subarray(0, this.#filled);
    this.#filled = 0;
    await this.#writeOut(bytes);
  }

  async #writeOut(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const left = bytes.length - at;
      const { bytesWritten } = await this.#file.write(bytes, at, left, this.#written);
      at += bytesWritten;
      this.#written += bytesWritten;
    }
  }
}
