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
export async function runAttached(containers: ContainerService, run: AttachedRun): Promise<number> {
  const detached = Promise.withResolvers<"detached">();
  const stdin = run.interactive ? openInput(run, () => detached.resolve("detached")) : undefined;
  using streams = await containers.attach(run.id, {
    ...(stdin && { stdin }),
    stdout: standardSink("stdout"),
    stderr: standardSink("stderr"),
  });
  await containers.start(run.id);
  using _signals = passOn(containers, run);
  using _terminal = run.tty ? borrowTerminal(containers, run) : undefined;
  const outcome = await Promise.race([streams.done, detached.promise]);
  return outcome === "detached" ? 0 : (await containers.wait(run.id)).exitCode;
}

function openInput({ tty }: AttachedRun, onDetach: () => void): Bytes {
  const typed = Bun.stdin.stream();
  return tty ? untilDetached(typed, onDetach) : typed;
}

function passOn(containers: ContainerService, run: AttachedRun): Disposable | undefined {
  if (run.tty || !run.forwardSignals) return undefined;
  return forwardSignals((signal) => void orEnded(containers.kill(run.id, signal)));
}

/** Keys go to the container one by one, and it hears of every change of the window's size. */
function borrowTerminal(
  containers: ContainerService,
  { id, interactive }: AttachedRun,
): Disposable {
  const stack = new DisposableStack();
  if (interactive && isTerminal(STDIN)) stack.use(enterRawMode(STDIN));
  if (isTerminal(STDOUT)) {
    const tell = () => {
      const size = windowSize(STDOUT);
      if (size) void orEnded(containers.resize(id, size));
    };
    stack.use(onWindowChange(tell));
    tell();
  }
  return stack;
}

/** What comes too late for a container that has just ended is no failure. */
async function orEnded(request: Promise<void>): Promise<void> {
  try {
    await request;
  } catch (error) {
    const kind = kindOf(error);
    if (kind !== "conflict" && kind !== "not-found") throw error;
  }
}
