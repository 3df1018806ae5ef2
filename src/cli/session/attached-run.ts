import { constants } from "node:os";
import type { Bytes } from "#bytes";
import type { ContainerService } from "#container";
import { kindOf } from "#errors";
import { enterRawMode, isTerminal, onWindowChange, windowSize } from "#kernel";
import { UsageError } from "../flags/index.ts";
import { untilDetached } from "./detach-keys.ts";
import { catchSignals } from "./signals.ts";
import { standardSink } from "./standard-output.ts";

const STDIN = 0;
const STDOUT = 1;
const ENDING: readonly NodeJS.Signals[] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"];

export interface AttachedRun {
  readonly id: string;
  readonly interactive: boolean;
  readonly tty: boolean;
  /** Whether our signals are passed on; never with a terminal, whose keys are. */
  readonly forwardSignals: boolean;
}

/**
 * Starts a created container with our streams on it and stays until it ends; gives the exit code
 * to end with. Ctrl-P Ctrl-Q leaves it running, and the code is 0.
 */
export async function runAttached(containers: ContainerService, run: AttachedRun): Promise<number> {
  const left = Promise.withResolvers<number>();
  const stdin = run.interactive ? openInput(run, () => left.resolve(0)) : undefined;
  using streams = await containers.attach(run.id, {
    ...(stdin && { stdin }),
    stdout: standardSink("stdout"),
    stderr: standardSink("stderr"),
  });
  const giveUp = new AbortController();
  const started = containers.start(run.id, { signal: giveUp.signal });
  const up = started.catch(() => {});
  using _signals = catchSignals((signal) => {
    // Of no effect once there is a process.
    if (ENDING.includes(signal)) giveUp.abort(interrupted(signal));
    void up.then(() => passOn(containers, run, signal, left.resolve));
  });
  using _terminal = run.tty ? borrowTerminal(containers, run, started) : undefined;
  await started;
  const code = await Promise.race([streams.done, left.promise]);
  return code ?? (await containers.wait(run.id)).exitCode;
}

function openInput({ tty }: AttachedRun, onDetach: () => void): Bytes {
  const typed = Bun.stdin.stream();
  return tty ? untilDetached(typed, onDetach) : typed;
}

/** What would end us leaves a container that does not get our signals running. */
async function passOn(
  containers: ContainerService,
  { id, tty, forwardSignals }: AttachedRun,
  signal: NodeJS.Signals,
  leave: (exitCode: number) => void,
): Promise<void> {
  if (forwardSignals && !tty) await orEnded(containers.kill(id, signal));
  else if (ENDING.includes(signal)) leave(exitCodeOf(signal));
}

/** Keys go to the container one by one, and it hears of every change of the window's size. */
function borrowTerminal(
  containers: ContainerService,
  { id, interactive }: AttachedRun,
  started: Promise<void>,
): Disposable {
  const stack = new DisposableStack();
  if (interactive && isTerminal(STDIN)) stack.use(enterRawMode(STDIN));
  if (isTerminal(STDOUT)) {
    const tell = async () => {
      const size = windowSize(STDOUT);
      if (size) await orEnded(containers.resize(id, size));
    };
    stack.use(onWindowChange(() => void started.then(tell, () => {})));
  }
  return stack;
}

/** What comes too late for a container that has just ended is no failure. */
async function orEnded(request: Promise<void>): Promise<void> {
  try {
    await request;
  } catch (error) {
    const late = ["conflict", "failed-precondition", "not-found"];
    if (!late.includes(kindOf(error))) throw error;
  }
}

function interrupted(signal: NodeJS.Signals): UsageError {
  return new UsageError(`shale: interrupted by ${signal}`, exitCodeOf(signal));
}

/** As a shell has it. */
function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
