import type { ContainerService, RunningExec } from "#container";
import { messageOf } from "#errors";
import { UsageError } from "../flags/index.ts";
import { printable } from "../output/index.ts";
import { borrowTerminal, openTyped } from "./borrowed-terminal.ts";
import { standardSink } from "./standard-output.ts";

export interface AttachedExec {
  readonly id: string;
  readonly interactive: boolean;
  readonly tty: boolean;
  readonly detachKeys?: string | undefined;
}

/** The least that one who could not be started ends with, as a shell has it. */
const NOT_RUNNABLE = 126;

/**
 * Starts a session with our streams on it and stays until it ends; gives its exit code. The
 * detach keys leave it running, and fail.
 */
export async function runExec(containers: ContainerService, exec: AttachedExec): Promise<number> {
  const { id, interactive, tty } = exec;
  const left = Promise.withResolvers<never>();
  left.promise.catch(() => {});
  const onDetach = () => left.reject(new UsageError("read escape sequence", 1));
  const starting = start(containers, exec, onDetach);
  starting.catch(() => {});
  const resize = async (size: Parameters<RunningExec["resize"]>[0]) =>
    containers.resizeExec(id, size);
  using _terminal = tty ? borrowTerminal({ interactive, started: starting, resize }) : undefined;
  using running = await starting;
  return (await Promise.race([running.exited, left.promise])) ?? 0;
}

async function start(
  containers: ContainerService,
  { id, interactive, ...typed }: AttachedExec,
  onDetach: () => void,
): Promise<RunningExec> {
  try {
    return await containers.startExec(id, {
      ...(interactive && { stdin: openTyped(typed, onDetach) }),
      stdout: standardSink("stdout"),
      stderr: standardSink("stderr"),
    });
  } catch (error) {
    throw execFailure(error);
  }
}

function execFailure(error: unknown): unknown {
  if (!(error instanceof Error && "exitCode" in error) || error instanceof UsageError) return error;
  // 127 is for a command that is not there; whatever else keeps one from starting is 126.
  const code = error.exitCode === 127 ? 127 : NOT_RUNNABLE;
  return new UsageError(`OCI runtime exec failed: ${printable(messageOf(error))}`, code);
}
