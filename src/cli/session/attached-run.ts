import type { Bytes } from "#bytes";
import type { ContainerService } from "#container";
import { kindOf } from "#errors";
import { enterRawMode, isTerminal, onWindowChange, windowSize } from "#kernel";
import { untilDetached } from "./detach-keys.ts";
import { forwardSignals } from "./signals.ts";
import { standardSink } from "./standard-output.ts";

const STDIN = 0;
const STDOUT = 1;

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
export async function runAttached(
  containers: ContainerService,
  run: AttachedRun,
): Promise<number> {
  const detached = Promise.withResolvers<"detached">();
  const stdin = run.interactive ? openInput(run, () => detached.resolve("detached")) : undefined;
  using streams = await containers.attach(run.id, {
    ...(stdin && { stdin }),
    stdout: standardSink("stdout"),
    stderr: standardSink("stderr"),
  });
  const giveUp = new AbortController();
  const started = containers.start(run.id, { signal: giveUp.signal });
  using _signals = passOn(containers, run, started, giveUp);
  using _terminal = run.tty ? borrowTerminal(containers, run, started) : undefined;
  await started;
  const outcome = await Promise.race([streams.done, detached.promise]);
  return outcome === "detached" ? 0 : (await containers.wait(run.id)).exitCode;
}

function openInput({ tty }: AttachedRun, onDetach: () => void): Bytes {
  const typed = Bun.stdin.stream();
  return tty ? untilDetached(typed, onDetach) : typed;
}

/** Before there is a process to hear of it, a signal that would end one ends the start. */
function passOn(
  containers: ContainerService,
  { id, tty, forwardSignals }: AttachedRun,
  started: Promise<void>,
  giveUp: AbortController,
): Disposable {
  let isUp = false;
  const up = started.then(
    () => {
      isUp = true;
    },
    () => {},
  );
  return catchSignals((signal) => {
    if (!isUp && ENDING.includes(signal)) giveUp.abort(new Interrupted(signal));
    else if (forwardSignals && !tty) void up.then(() => orEnded(containers.kill(id, signal)));
  });
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
