import { KindedError } from "#errors";

/** Exit code of a flag that is wrong. */
export const BAD_FLAG = 125;

/** A command line that makes no sense. The message is all that stderr should show. */
export class UsageError extends KindedError {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super("invalid-argument", message);
    this.name = "UsageError";
    this.exitCode = exitCode;
  }
}

/** A wrong flag of the command `path` (`shale images`). */
export function flagError(path: string, message: string): UsageError {
  return new UsageError(`${message}\nSee '${path} --help'.`, BAD_FLAG);
}
