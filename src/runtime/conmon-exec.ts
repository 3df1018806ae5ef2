import { writeSync } from "node:fs";
import { join } from "node:path";
import { type Child, readDescriptor } from "#kernel";
import { Attachment, type AttachOptions } from "./attachment.ts";
import { readLog } from "./child-streams.ts";
import {
  exitCommandArguments,
  runtimeArguments,
  spawnConmon,
  synchronize,
} from "./conmon-process.ts";
import { type ExecOptions, logArguments, logOf, pidFileOf, writeProcess } from "./exec.ts";
import { readExitCode } from "./exit-file.ts";
import { startFailure } from "./start-failure.ts";

export interface SuperviseExecOptions extends ExecOptions {
  /** A command, by absolute path, that the supervisor becomes when the process has ended. */
  readonly exitCommand?: readonly string[];
}

/** A process with a supervisor of its own, and our line to it. */
export interface SupervisedExec {
  readonly attachment: Attachment;
  /** Its exit code, or 128 plus the signal that ended it; undefined when that is not known. */
  readonly exited: Promise<number | undefined>;
}

const ATTACH_FD = 5;

/**
 * Starts a process in a container under a supervisor (conmon), which outlives us, with a line to
 * it before it begins. Its terminal is resized through its directory. Fails with
 * {@link StartFailure} when it cannot be started.
 */
export async function superviseExec(
  options: SuperviseExecOptions,
  streams: AttachOptions,
): Promise<SupervisedExec> {
  const { directory } = options;
  const args = [...conmonArguments(options), "--stdin", "--leave-stdin-open", "--exec-attach"];
  const child = spawnConmon(args, directory, ["pipe"], { _OCI_ATTACHPIPE: String(ATTACH_FD) });
  letGoOn(child);
  await untilSaid(child.extra[2]!);
  const attachment = new Attachment(directory, streams);
  try {
    const { gone } = await begin(child, options);
    return { attachment, exited: gone.then(() => readExecExitCode(options)) };
  } catch (error) {
    attachment[Symbol.dispose]();
    throw error;
  }
}

/** The same with nobody at its streams. */
export async function superviseExecDetached(options: SuperviseExecOptions): Promise<void> {
  await begin(spawnConmon(conmonArguments(options), options.directory), options);
}

/** The exit code of a supervised process; undefined as long as it runs. */
export function readExecExitCode({ id, directory }: Pick<ExecOptions, "id" | "directory">) {
  return readExitCode(join(directory, id));
}

async function begin(child: Child, options: ExecOptions): Promise<{ gone: Promise<void> }> {
  letGoOn(child);
  const told = await synchronize(child).catch((error: unknown) => ({ error }));
  if ("gone" in told && told.message.data >= 0) return told;
  // Of a terminal's process conmon passes on nothing that the runtime says.
  const said = readLog(logOf(options.directory));
  if (said !== "") throw startFailure(said, options.process.args[0] ?? "");
  throw "error" in told ? told.error : startFailure(told.message.message ?? "", "");
}

/** conmon waits for a byte before it does anything, and for one more before it starts. */
function letGoOn(child: Child): void {
  writeSync(child.extra[1]!, "\n");
}

/** Its socket is there once it has said anything. */
async function untilSaid(fd: number): Promise<void> {
  await readDescriptor(fd)[Symbol.asyncIterator]().next();
}

function conmonArguments(options: SuperviseExecOptions): string[] {
  const { runtime, id, directory, process, exitCommand } = options;
  return [
    ...["--api-version", "1", "--cid", id, "--cuuid", id, "--name", id],
    ...runtimeArguments([...runtime.joinArgv, ...logArguments(options)]),
    ...["--exec", "--exec-process-spec", writeProcess(options)],
    ...["--bundle", directory, "--full-attach", "--persist-dir", directory],
    ...["--container-pidfile", pidFileOf(directory)],
    ...["--exit-dir", directory, "--log-path", "none:", "--log-level", "error"],
    ...(process.terminal ? ["--terminal"] : []),
    ...exitCommandArguments(exitCommand),
  ];
}
