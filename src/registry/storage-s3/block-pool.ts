/** Blocks that wait to be used again; more are left to the garbage collector. */
const MOST_SPARE = 16;

/**
 * Memory for parts. They are large and short-lived: left to the garbage collector, several times as
 * many would be held as are in use.
 */
export class BlockPool {
  readonly #spare: Buffer[] = [];

  take(size: number): Buffer {
    const at = this.#spare.findIndex((block) => block.length === size);
    return at < 0 ? Buffer.allocUnsafeSlow(size) : this.#spare.splice(at, 1)[0]!;
  }

  /** The caller uses it no more. */
  give(block: Buffer): void {
    if (this.#spare.length < MOST_SPARE) this.#spare.push(block);
  }
}
