/** How long synchronous work may keep everything else waiting, in milliseconds. */
const TURN_MS = 30;

/** Lets other work of the process go on in the middle of long synchronous work. */
export class Pace {
  readonly #signal: AbortSignal | undefined;
  #since = performance.now();

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
    signal?.throwIfAborted();
  }

  /** Whether it is time to `rest`. */
  get isDue(): boolean {
    return performance.now() - this.#since > TURN_MS;
  }

  /** Gives way to the event loop; fails when the work was aborted. */
  async rest(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#signal?.throwIfAborted();
    this.#since = performance.now();
  }
}
