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

/** The same for all at once; `done` hears of those that went well, in their order. */
export async function forAllArguments(
  args: readonly string[],
  act: (arg: string) => Promise<unknown>,
  done: (arg: string) => void,
): Promise<unknown[]> {
  const ends = args.map(act);
  await Promise.allSettled(ends);
  let next = 0;
  return await forEachArgument(args, async (arg) => {
    await ends[next++];
    done(arg);
  });
}

/** Tells the user of errors, a line each. */
export function writeErrors({ stderr }: CommandContext, errors: readonly unknown[]): void {
  for (const error of errors) stderr.write(`${formatError(error)}\n`);
}
