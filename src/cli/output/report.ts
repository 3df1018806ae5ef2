import { messageOf } from "#errors";
import { type Output, OutputClosed } from "./stdio.ts";

/** An error that knows its exit code and has all it wants to say in its message. */
interface Exiting {
  readonly exitCode: number;
}

/**
 * Tells the user of an error that ends the program: usage errors as they are, others as
 * `Error: message`.
 *
 * @returns the exit code
 */
export function reportError(error: unknown, stderr: { write(text: string): void }): number {
  if (error instanceof OutputClosed) return error.exitCode;
  const exiting = error instanceof Error && "exitCode" in error;
  stderr.write(exiting ? `${error.message}\n` : `${formatError(error)}\n`);
  return exiting ? (error as Error & Exiting).exitCode : 1;
}

/** `Error: message`, without control characters that could play tricks on a terminal. */
export function formatError(error: unknown): string {
  const message = messageOf(error) || "unknown error";
  return `Error: ${printable(message)}`;
}

/** Writes text with words from outside: as it is for programs, made safe for a terminal. */
export function showText(output: Output, text: string): void {
  output.write(output.isTerminal ? printable(text) : text);
}

/** Text from outside made safe to show: control characters but tab and newline as `\xNN`. */
export function printable(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
