import type { Bytes } from "#bytes";

/** Milliseconds after which signals and timers get their turn. */
const TURN = 20;

/**
 * The same bytes; ends with the signal's reason once that is aborted. A stream whose chunks are at
 * hand without waiting would keep out signals and timers until its end: they get their turn here.
 */
export async function* interruptible(
  bytes: Bytes,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let last = performance.now();
  for await (const chunk of bytes) {
    if (performance.now() - last > TURN) {
      await new Promise(setImmediate);
      last = performance.now();
    }
    signal.throwIfAborted();
    yield chunk;
  }
}
