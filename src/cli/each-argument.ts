import type { CommandContext } from "./context.ts";
import { formatError, OutputClosed } from "./output/index.ts";

/** Does something for each argument, also after one failed; gives what went wrong. */
export async function forEachArgument(
  args: readonly string[],
  act: (arg: string) => Promise<void>,
): Promise<unknown[]> {
  const errors: unknown[] = [];
  for (const arg of args) {
    try {
      await act(arg);
    } catch (error) {
      if (error instanceof OutputClosed) throw error;
      errors.push(error);
    }
  }
  return errors;
}

/** Tells the user of errors, a line each. */
export function writeErrors({ stderr }: CommandContext, errors: readonly unknown[]): void {
  for (const error of errors) stderr.write(`${formatError(error)}\n`);
}
