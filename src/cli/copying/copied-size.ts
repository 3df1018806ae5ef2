import type { Bytes } from "#bytes";
import { humanSize, type Output } from "../output/index.ts";

const UPDATE_MS = 75;
const ERASE_LINE = "\r\x1b[2K";

/** Counts what is copied, and tells of it as Docker does: while it goes on only a terminal. */
export class CopiedSize {
  readonly #output: Output;
  readonly #header: string;
  #bytes = 0;
  #shown = 0;

  constructor(output: Output, header: string) {
    this.#output = output;
    this.#header = header;
  }

  async *count(bytes: Bytes): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      this.#bytes += chunk.length;
      this.#show();
      yield chunk;
    }
  }

  finish(target: string): void {
    if (this.#shown > 0) this.#output.write(ERASE_LINE);
    this.#output.write(`Successfully copied ${humanSize(this.#bytes)} to ${target}\n`);
  }

  #show(): void {
    if (!this.#output.isTerminal || performance.now() - this.#shown < UPDATE_MS) return;
    this.#shown = performance.now();
    this.#output.write(`${ERASE_LINE}${this.#header} - ${humanSize(this.#bytes)}`);
  }
}
