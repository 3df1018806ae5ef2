import type { Bytes } from "#bytes";
import { refuse } from "./registry-error.ts";

/** What a client sends along. */
export class RequestBody implements Bytes {
  readonly #request: Request;
  /** The length that was announced. */
  readonly announced: number | undefined;
  /** Bytes that came. */
  received = 0;
  #ended: "not yet" | "broken" = "not yet";

  constructor(request: Request) {
    this.#request = request;
    const length = request.headers.get("content-length");
    this.announced = length !== null && /^\d+$/.test(length) ? Number(length) : undefined;
  }

  get isEmpty(): boolean {
    return this.#request.body === null;
  }

  /** Whether all came that was announced. */
  get isWhole(): boolean {
    return this.#ended !== "broken" && (this.announced ?? this.received) === this.received;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { body } = this.#request;
    if (body === null) return;
    try {
      for await (const chunk of body) {
        this.received += chunk.length;
        yield chunk;
      }
    } catch (error) {
      this.#ended = "broken";
      throw error;
    }
  }

  /** All of it; refused when there are more than `most` bytes, before they are read if possible. */
  async collect(most: number, what: string): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    if ((this.announced ?? 0) > most) tooLarge(what, most);
    for await (const chunk of this) {
      if (this.received > most) tooLarge(what, most);
      chunks.push(chunk);
    }
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  }
}

function tooLarge(what: string, most: number): never {
  refuse("SIZE_INVALID", `${what} is larger than the limit of ${most} bytes`, { status: 413 });
}
