import type { Bytes, Chunk } from "#bytes";
import { KindedError } from "#errors";

/** Milliseconds a reader may leave bytes lying before the others go on without it. */
const PATIENCE = 10_000;
/** Bytes that are kept for a reader who is behind. */
const AHEAD = 1 << 20;

/** Bytes that somebody reads while they are stored. */
export interface LiveCopy {
  /**
   * What is stored: reads the source. The reader gets the same bytes but for the last of them, until
   * {@link LiveCopy.end} is called.
   */
  readonly stored: Bytes;
  readonly reader: ReadableStream<Uint8Array>;
  /** What was stored is right: the reader gets the rest. With an error: the reader gets that. */
  end(error?: unknown): void;
}

/**
 * Two streams of one. A reader that is slow slows down both; one that stops, or has gone, is left
 * behind.
 */
export function liveCopy(source: Bytes): LiveCopy {
  const reader = new CopyReader();
  return {
    stored: follow(source, reader),
    reader: reader.stream,
    end: (error) => reader.end(error),
  };
}

async function* follow(source: Bytes, reader: CopyReader): AsyncGenerator<Chunk> {
  for await (const chunk of source) {
    await reader.give(new Uint8Array(chunk));
    yield chunk;
  }
}

class CopyReader {
  readonly stream: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #held: Uint8Array | undefined;
  #wanted: PromiseWithResolvers<void> | undefined;

  constructor() {
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#wanted?.resolve(),
        cancel: () => this.#leave(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: AHEAD }),
    );
  }

  /** Holds the last bytes back, so that nobody has all of a blob that is none. */
  async give(chunk: Uint8Array): Promise<void> {
    const held = this.#held;
    this.#held = chunk;
    if (held === undefined || this.#controller === undefined) return;
    if ((this.#controller.desiredSize ?? 0) <= 0) await this.#room();
    this.#controller?.enqueue(held);
  }

  end(error?: unknown): void {
    const controller = this.#controller;
    if (error !== undefined) controller?.error(error);
    else if (controller) {
      if (this.#held) controller.enqueue(this.#held);
      controller.close();
    }
    this.#leave();
  }

  async #room(): Promise<void> {
    this.#wanted = Promise.withResolvers();
    const timer = setTimeout(() => this.#drop(), PATIENCE);
    await this.#wanted.promise;
    clearTimeout(timer);
  }

  #drop(): void {
    this.#controller?.error(new KindedError("unavailable", "the client does not read"));
    this.#leave();
  }

  #leave(): void {
    this.#controller = undefined;
    this.#wanted?.resolve();
  }
}
