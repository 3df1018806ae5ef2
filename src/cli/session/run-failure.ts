import { messageOf } from "#errors";
import { UsageError } from "../flags/index.ts";
import { OutputClosed, printable } from "../output/index.ts";

/** Docker's exit code for what is not the container's own doing. */
const FAILED = 125;

/**
 * What went wrong before the container's process could start, or around it. A command that is
 * not there or cannot be executed brings its own exit code, 127 or 126.
 */
export function runFailure(error: unknown): Error {
  if (error instanceof UsageError || error instanceof OutputClosed) return error;
  const own = error instanceof Error && "exitCode" in error ? Number(error.exitCode) : FAILED;
  const message = printable(messageOf(error)).replace(/\.?$/, ".");
  return new UsageError(`shale: ${message}\nSee 'shale run --help'.`, own);
}

/** There is no registry to pull from yet; the message says what to do instead. */
export function missingImage(image: string): Error {
  const tagged = /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
  return new UsageError(
    `Unable to find image '${printable(tagged)}' locally\n` +
      'shale: bring it in with "shale load" or "shale import", or make it with "shale build".',
    FAILED,
  );
}
