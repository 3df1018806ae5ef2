import type { Bytes } from "#bytes";

/** Ctrl-P, Ctrl-Q: Docker's default for leaving a container running. */
const SEQUENCE = [0x10, 0x11] as const;

/**
 * The typed bytes, until somebody types Ctrl-P Ctrl-Q: then the stream ends and `onDetach` is
 * called. A Ctrl-P is held back until the next key shows what it was.
 */
export async function* untilDetached(
  typed: Bytes,
  onDetach: () => void,
): AsyncGenerator<Uint8Array> {
  let held = false;
  for await (const chunk of typed) {
    const bytes: Uint8Array = held ? Buffer.concat([Uint8Array.of(SEQUENCE[0]), chunk]) : chunk;
    const end = indexOfSequence(bytes);
    if (end >= 0) {
      yield bytes.subarray(0, end);
      onDetach();
      return;
    }
    held = bytes.at(-1) === SEQUENCE[0];
    yield held ? bytes.subarray(0, -1) : bytes;
  }
  if (held) yield Uint8Array.of(SEQUENCE[0]);
}

function indexOfSequence(bytes: Uint8Array): number {
  return bytes.findIndex((byte, at) => byte === SEQUENCE[0] && bytes[at + 1] === SEQUENCE[1]);
}
