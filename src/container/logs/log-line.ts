import type { LogEntry } from "../container-service.ts";

/**
 * The form of Kubernetes' logs as conmon writes it: `TIME STREAM TAG TEXT`, where the first three
 * have one and the same width in every line. The tag is `P` where a line goes on in the next one.
 */
const TIME_LENGTH = "2026-11-22T13:40:22.123456789+00:00".length;
const UTC_LENGTH = TIME_LENGTH - "+00:00".length;
const STREAM_AT = TIME_LENGTH + 1;
const TAG_AT = STREAM_AT + "stdout ".length;
const TEXT_AT = TAG_AT + "F ".length;
const NEWLINE = 10;
const FULL = "F".charCodeAt(0);
/** The letter in which the names of the two streams differ. */
const LETTER_AT = STREAM_AT + 3;
const LETTER_OF_STDERR = "e".charCodeAt(0);
/** So much of a line that has not ended is waited for. */
const MOST_HELD = 64 << 10;

class LogLine implements LogEntry {
  readonly stream: "stdout" | "stderr";
  readonly bytes: Uint8Array;
  readonly #line: Buffer;

  constructor(stream: "stdout" | "stderr", bytes: Uint8Array, line: Buffer) {
    this.stream = stream;
    this.bytes = bytes;
    this.#line = line;
  }

  get time(): string {
    return `${this.#line.toString("latin1", 0, UTC_LENGTH)}Z`;
  }
}

/** Whether the line that begins there ends one of the container's. */
export function endsLine(block: Buffer, at: number): boolean {
  return block[at + TAG_AT] === FULL;
}

/** Makes the container's lines of those in a log; what of one is there at the end, `rest` gives. */
export class LogLines {
  readonly #held = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  #last: Buffer | undefined;

  /** The lines that end in a block, which holds whole lines of the log. */
  read(block: Buffer): LogEntry[] {
    const entries: LogEntry[] = [];
    for (let at = 0; at < block.length; ) {
      const end = block.indexOf(NEWLINE, at) + 1;
      if (end - at >= TEXT_AT) this.#take(block, at, end, entries);
      at = end;
    }
    return entries;
  }

  rest(): LogEntry[] {
    const line = this.#last;
    if (line === undefined) return [];
    return (["stdout", "stderr"] as const).flatMap((stream) => {
      const pieces = this.#held[stream].splice(0);
      return pieces.length === 0 ? [] : [new LogLine(stream, Buffer.concat(pieces), line)];
    });
  }

  #take(block: Buffer, at: number, end: number, entries: LogEntry[]): void {
    const stream = block[at + LETTER_AT] === LETTER_OF_STDERR ? "stderr" : "stdout";
    const held = this.#held[stream];
    const full = endsLine(block, at);
    const text = block.subarray(at + TEXT_AT, full ? end : end - 1);
    const line = block.subarray(at, at + TIME_LENGTH);
    if (full && held.length === 0) {
      entries.push(new LogLine(stream, text, line));
      return;
    }
    this.#last = line;
    held.push(text);
    if (full || held.reduce((sum, piece) => sum + piece.length, 0) > MOST_HELD)
      entries.push(new LogLine(stream, Buffer.concat(held.splice(0)), line));
  }
}
