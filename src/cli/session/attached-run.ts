import { constants } from "node:os";
import type { Bytes } from "#bytes";
import type { ContainerService } from "#container";
import { kindOf } from "#errors";
import { enterRawMode, isTerminal, onWindowChange, windowSize } from "#kernel";
import { UsageError } from "../flags/index.ts";
import { OutputClosed } from "../output/index.ts";
import { untilDetached } from "./detach-keys.ts";
import { catchSignals } from "./signals.ts";
import { standardSink } from "./standard-output.ts";

const STDIN = 0;
const STDOUT = 1;
const ENDING: readonly NodeJS.Signals[] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"];
const ASKING: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM"];
/** So many times people ask a container that does not listen; then they want out. */
const MOST_ASKED = 3;

export interface AttachedRun {
  readonly id: string;
  readonly interactive: boolean;
  readonly tty: boolean;
  /** Whether our signals are passed on; never with a terminal, whose keys are. */
  readonly forwardSignals: boolean;
}

/**
 * Starts a created container with our streams on it and stays until it ends; gives the exit code
 * to end with. Ctrl-P Ctrl-Q leaves it running, and the code is 0. The third SIGINT or SIGTERM
 * leaves it running too, and fails. A reader of its output that is gone ends it, as SIGPIPE would.
 */
export async function runAttached(containers: ContainerService, run: AttachedRun): Promise<number> {
  const left = Promise.withResolvers<number>();
  const stdin = run.interactive ? openInput(run, () => left.resolve(0)) : undefined;
  using streams = await containers.attach(run.id, {
    ...(stdin && { stdin }),
    stdout: standardSink("stdout"),
    stderr: standardSink("stderr"),
  });
  const ended = Promise.race([streams.done, left.promise]);
  // Output may fail before the start is through, which alone is waited for until then.
  ended.catch(() => {});
  const giveUp = new AbortController();
  const started = containers.start(run.id, { signal: giveUp.signal });
  const up = started.catch(() => {});
  let asked = 0;
  using _signals = catchSignals((signal) => {
    if (ASKING.includes(signal) && ++asked === MOST_ASKED) left.reject(ignored());
    // Of no effect once there is a process.
    if (ENDING.includes(signal)) giveUp.abort(interrupted(signal));
    void up.then(() => passOn(containers, run, signal, left.resolve));
  });
  using _terminal = run.tty ? borrowTerminal(containers, run, started) : undefined;
  await started;
  const code = await untilEnded(containers, run, ended);
  return code ?? (await containers.wait(run.id)).exitCode;
}

/** Nobody is left to stop what only goes on filling its log (`run … | head`). */
async function untilEnded<T>(
  containers: ContainerService,
  { id }: AttachedRun,
  ended: Promise<T>,
): Promise<T> {
  try {
    return await ended;
  } catch (error) {
    if (error instanceof OutputClosed) {
      await orEnded(containers.kill(id));
      await containers.wait(id);
    }
    throw error;
  }
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
  started: Promise<unknown>,
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

function ignored(): UsageError {
  return new UsageError(`\ngot ${MOST_ASKED} SIGTERM/SIGINTs, forcefully exiting`, 1);
}

/** As a shell has it. */
function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
