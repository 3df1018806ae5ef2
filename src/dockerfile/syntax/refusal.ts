import { fail, KindedError } from "#errors";
import { excerpt } from "./excerpt.ts";
import type { Source, SourceRange } from "./source-range.ts";

/** Throws the `invalid-argument` error that {@link located} gives its place in the file. */
export function refuse(message: string): never {
  return fail("invalid-argument", message);
}

/**
 * Runs `action`; what it refuses is thrown anew with the line, the file name and an excerpt. The
 * first line of the message is BuildKit's, so that scripts which match on it go on working.
 */
export function located<T>(source: Source, range: SourceRange, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof KindedError)) throw error;
    throw new KindedError(error.kind, messageAt(source, range, error.message), error);
  }
}

function messageAt(source: Source, range: SourceRange, message: string): string {
  const lines = excerpt(source.text, range, source.name);
  return `dockerfile parse error on line ${range.firstLine}: ${message}\n${lines}`;
}
