import {
  type AttachOptions,
  type ContainerService,
  parseDetachKeys,
  type TerminalSize,
} from "#container";
import { UsageError } from "../flags/index.ts";
import { type AttachedStream, attachedStreams } from "./attach-flag.ts";
import {
  borrowTerminal,
  exitCodeOf,
  openTyped,
  orEnded,
  ownSize,
  SIZES_APART_MS,
} from "./borrowed-terminal.ts";
import { catchSignals } from "./signals.ts";
import { standardSink } from "./standard-output.ts";

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
  /** As `--detach-keys` has them. */
  readonly detachKeys?: string | undefined;
  /** Which of ours it gets; both outputs, and the input with `interactive`, when absent. */
  readonly streams?: ReadonlySet<AttachedStream>;
  /** It runs already: it is not started, and its terminal is asked to show itself. */
  readonly running?: boolean;
}

/** In place of an exit code: the container was left running by the detach keys. */
export const DETACHED = "detached";

/**
 * Starts a container with our streams on it and stays until it ends; gives the exit code to end
 * with. The detach keys leave it running. The third SIGINT or SIGTERM leaves it running too, and
 * fails, as does a reader of its output that is gone.
 */
export async function runAttached(
  containers: ContainerService,
  run: AttachedRun,
): Promise<number | typeof DETACHED> {
  const left = Promise.withResolvers<number | typeof DETACHED>();
  const onDetach = () => left.resolve(DETACHED);
  using streams = await containers.attach(run.id, optionsOf(run, onDetach));
  // One that is removed at its end can be waited for only before.
  const waiting = run.running ? containers.wait(run.id) : undefined;
  waiting?.catch(() => {});
  const ended = Promise.race([streams.done, left.promise]);
  // Output may fail before the start is through, which alone is waited for until then.
  ended.catch(() => {});
  const giveUp = new AbortController();
  const started = run.running
    ? showTerminal(containers, run)
    : containers.start(run.id, { signal: giveUp.signal });
  const up = started.catch(() => {});
  let asked = 0;
  using _signals = catchSignals((signal) => {
    if (ASKING.includes(signal) && ++asked === MOST_ASKED) left.reject(ignored());
    // Of no effect once there is a process.
    if (ENDING.includes(signal)) giveUp.abort(interrupted(signal));
    void up.then(() => passOn(containers, run, signal, left.resolve));
  });
  using _terminal = run.tty ? borrowTerminal(borrowerOf(containers, run, started)) : undefined;
  await started;
  const code = await ended;
  return code ?? (await (waiting ?? containers.wait(run.id))).exitCode;
}

function optionsOf(run: AttachedRun, onDetach: () => void): AttachOptions {
  const { interactive, detachKeys, streams = attachedStreams(undefined, interactive) } = run;
  parseDetachKeys(detachKeys);
  return {
    ...(streams.has("stdin") && { stdin: openTyped(run, onDetach) }),
    stdout: streams.has("stdout") ? standardSink("stdout") : nowhere,
    stderr: streams.has("stderr") ? standardSink("stderr") : nowhere,
  };
}

function nowhere(): void {
  // It goes to the log alone.
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

function borrowerOf(
  containers: ContainerService,
  { id, interactive }: AttachedRun,
  started: Promise<unknown>,
) {
  return { interactive, started, resize: (size: TerminalSize) => containers.resize(id, size) };
}

/** Programs draw anew when the size changes, which one and the same size does not. */
async function showTerminal(containers: ContainerService, { id, tty }: AttachedRun): Promise<void> {
  const size = tty ? ownSize() : undefined;
  if (size === undefined) return;
  await orEnded(containers.resize(id, { rows: size.rows + 1, columns: size.columns + 1 }));
  await Bun.sleep(SIZES_APART_MS);
  await orEnded(containers.resize(id, size));
}

function interrupted(signal: NodeJS.Signals): UsageError {
  return new UsageError(`shale: interrupted by ${signal}`, exitCodeOf(signal));
}

function ignored(): UsageError {
  return new UsageError(`\ngot ${MOST_ASKED} SIGTERM/SIGINTs, forcefully exiting`, 1);
}
