import { messageOf } from "#errors";
import { UsageError } from "../flags/index.ts";
import { OutputClosed, printable } from "../output/index.ts";

/** Docker's exit code for what is not the container's own doing. */
const FAILED = 125;

/**
 * What went wrong before the container's process could start, or around it. A command that is
 * not there or cannot be executed brings its own exit code, 127 or 126.
 */
export function runFailure(error: unknown, verb: "run" | "create"): Error {
  if (error instanceof UsageError || error instanceof OutputClosed) return error;
  const own = error instanceof Error && "exitCode" in error ? Number(error.exitCode) : FAILED;
  const message = printable(messageOf(error)).replace(/\.?$/, ".");
  return new UsageError(`shale: ${message}\nSee 'shale ${verb} --help'.`, own);
}

/** Reads options; what is wrong with them is told as the failure of the whole. */
export function optionFailure<T>(verb: "run" | "create", read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw runFailure(error, verb);
  }
}
