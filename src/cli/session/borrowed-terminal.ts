import { constants } from "node:os";
import type { Bytes } from "#bytes";
import { parseDetachKeys, type TerminalSize } from "#container";
import { kindOf } from "#errors";
import { enterRawMode, isTerminal, onWindowChange, windowSize } from "#kernel";
import { configuredKeys, untilDetached } from "./detach-keys.ts";

const STDIN = 0;
const STDOUT = 1;
/** conmon takes sizes that it reads at once for the first of them. */
export const SIZES_APART_MS = 100;

export interface TypedInput {
  readonly tty: boolean;
  /** As `--detach-keys` has them; those of the user's Docker configuration when absent. */
  readonly detachKeys?: string | undefined;
}

/** What is typed, or read from elsewhere; on a terminal until the detach keys. */
export function openTyped({ tty, detachKeys }: TypedInput, onDetach: () => void): Bytes {
  const typed = Bun.stdin.stream();
  if (!tty) return typed;
  const keys = parseDetachKeys(detachKeys ?? configuredKeys(process.env));
  return untilDetached(typed, keys, onDetach);
}

export interface Borrower {
  readonly interactive: boolean;
  /** Changes are told from then on. */
  readonly started: Promise<unknown>;
  resize(size: TerminalSize): Promise<void>;
}

/** Keys go to the container one by one, and it hears of every change of the window's size. */
export function borrowTerminal({ interactive, started, resize }: Borrower): Disposable {
  const stack = new DisposableStack();
  if (interactive && isTerminal(STDIN)) stack.use(enterRawMode(STDIN));
  if (isTerminal(STDOUT)) {
    const tell = async () => {
      const size = windowSize(STDOUT);
      if (size) await orEnded(resize(size));
    };
    let again: NodeJS.Timeout | undefined;
    const tellTwice = () => {
      clearTimeout(again);
      again = setTimeout(tell, SIZES_APART_MS);
      return tell();
    };
    stack.defer(() => clearTimeout(again));
    stack.use(onWindowChange(() => void started.then(tellTwice, () => {})));
  }
  return stack;
}

/** The size of our window; undefined where there is none. */
export function ownSize(): TerminalSize | undefined {
  return isTerminal(STDOUT) ? windowSize(STDOUT) : undefined;
}

/** What comes too late for a process that has just ended is no failure. */
export async function orEnded(request: Promise<void>): Promise<void> {
  try {
    await request;
  } catch (error) {
    const late = ["conflict", "failed-precondition", "not-found"];
    if (!late.includes(kindOf(error))) throw error;
  }
}

/** As a shell has it. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
