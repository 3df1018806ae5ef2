import { fstatSync, writeSync } from "node:fs";
import { KindedError } from "#errors";

/** A stream of the process that text and bytes are written to. */
export interface Output {
  readonly isTerminal: boolean;
  /** The width of the terminal; 80 where there is none. */
  readonly columns: number;
  readonly rows: number;
  /**
   * Writes all of it before it returns, so that nothing is lost on exit.
   *
   * @throws OutputClosed if the reader is gone (`| head`)
   */
  write(data: string | Uint8Array): void;
}

/** Exit code of a process that SIGPIPE ends. */
const SIGPIPE_EXIT = 141;

/** The reader of our output is gone: the program should end without a word. */
export class OutputClosed extends KindedError {
  readonly exitCode = SIGPIPE_EXIT;

  constructor(cause: unknown) {
    super("cancelled", "the reader of the output is gone", cause);
    this.name = "OutputClosed";
  }
}

/** Standard output (1) or standard error (2). */
export function openOutput(fd: 1 | 2): Output {
  return {
    get isTerminal() {
      return isTerminal(fd);
    },
    get columns() {
      return sizeOf(fd)[0] || 80;
    },
    get rows() {
      return sizeOf(fd)[1] || 24;
    },
    write: (data) => writeFully(fd, typeof data === "string" ? Buffer.from(data) : data),
  };
}

/** The device number of /dev/null: major 1, minor 3. */
const NULL_DEVICE = 0x103;

/** Asks the costly module for terminals only about what may be one. */
function isTerminal(fd: number): boolean {
  const stat = fstatSync(fd);
  if (!stat.isCharacterDevice() || stat.rdev === NULL_DEVICE) return false;
  return process.getBuiltinModule("node:tty").isatty(fd);
}

/** Columns and rows as they are now; only for a terminal is the costly stream object worth it. */
function sizeOf(fd: 1 | 2): readonly number[] {
  if (!isTerminal(fd)) return [];
  return (fd === 1 ? process.stdout : process.stderr).getWindowSize();
}

function writeFully(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSome(fd, bytes, done);
}

/** A pipe that is full and not blocking says EAGAIN: then there is nothing to do but to wait. */
function writeSome(fd: number, bytes: Uint8Array, offset: number): number {
  try {
    return writeSync(fd, bytes, offset);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EPIPE") throw new OutputClosed(error);
    if (code !== "EAGAIN") throw error;
    Bun.sleepSync(1);
    return 0;
  }
}
