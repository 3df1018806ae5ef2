import { mkdirSync, readFileSync, rmSync, symlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Bytes } from "#bytes";
import { type Child, processStart, readDescriptor, requireTool, spawnProcess } from "#kernel";
import { type Bundle, TOOL_ENVIRONMENT } from "./bundle.ts";
import { keepCompiled } from "./compiled-seccomp.ts";
import { deleteContainer } from "./container-state.ts";
import type { Runtime } from "./runtime.ts";
import { startFailure } from "./start-failure.ts";
import { Supervised } from "./supervised.ts";

export interface SuperviseOptions {
  readonly runtime: Runtime;
  readonly id: string;
  readonly bundle: Bundle;
  /** Gets a file of the container's id with its exit code when it has ended. */
  readonly exitDirectory: string;
  /**
   * Gets the output in Kubernetes' form: `TIME stdout F text`, `P` for an unfinished line. It is
   * not kept when absent.
   */
  readonly logPath?: string;
  /** Whether the container has an input at all; without, it reads the end of file. */
  readonly stdin?: boolean;
  /** Keeps the input open when the one who is attached goes away. */
  readonly keepStdinOpen?: boolean;
  /** A command, by absolute path, that the supervisor becomes when the container has ended. */
  readonly exitCommand?: readonly string[];
  /** Descriptors that the supervisor keeps open, such as sockets that hold a port. */
  readonly keepOpen?: readonly number[];
  /** Gives up, and takes away what was made. */
  readonly signal?: AbortSignal;
}

/** What conmon says on its pipe: the pid, or -1 and what the runtime said. */
interface SyncMessage {
  readonly data: number;
  readonly message?: string;
}

/** In the bundle, which is conmon's directory: a link to the log. */
const LOG_LINK = "log";
const SYNC_FD = 3;
const START_FD = 4;

/**
 * Makes a container under a supervisor of its own (conmon), up to the point where its process
 * waits for `start`. Fails with {@link StartFailure} when the runtime cannot make it.
 */
export async function createSupervised(options: SuperviseOptions): Promise<Supervised> {
  const { runtime, id, bundle, exitDirectory, signal } = options;
  signal?.throwIfAborted();
  mkdirSync(runtime.stateRoot, { recursive: true, mode: 0o700 });
  mkdirSync(exitDirectory, { recursive: true });
  rmSync(join(exitDirectory, id), { force: true });
  const child = startConmon(options);
  try {
    const { message, gone } = await synchronize(child);
    if (message.data < 0) throw startFailure(message.message ?? "", bundle.program);
    signal?.throwIfAborted();
    if (bundle.uncompiled) keepCompiled(runtime, id, bundle.uncompiled);
    const monitor = readMonitor(bundle);
    return new Supervised({ runtime, id, bundle, exitDirectory, monitor }, gone);
  } catch (error) {
    await deleteContainer(runtime, id, { force: true });
    throw error;
  }
}

function startConmon(options: SuperviseOptions): Child {
  linkLog(options);
  const child = spawnProcess([requireTool("conmon"), ...conmonArguments(options)], {
    cwd: options.bundle.directory,
    env: {
      ...TOOL_ENVIRONMENT,
      // In the C locale it refuses arguments that are not ASCII.
      LC_ALL: "C.UTF-8",
      _OCI_SYNCPIPE: String(SYNC_FD),
      _OCI_STARTPIPE: String(START_FD),
    },
    extra: ["pipe", "pipe", ...(options.keepOpen ?? [])],
    detached: true,
  });
  // conmon waits for a byte, so that it can be put into a control group before it does anything.
  writeSync(child.extra[1]!, "\n");
  return child;
}

/** A colon ends the path of a log for conmon, which would then write somewhere else. */
function linkLog({ bundle, logPath }: SuperviseOptions): void {
  if (logPath === undefined) return;
  const link = join(bundle.directory, LOG_LINK);
  rmSync(link, { force: true });
  symlinkSync(logPath, link);
}

function conmonArguments(options: SuperviseOptions): string[] {
  const { runtime, id, bundle, exitDirectory } = options;
  const [program, ...runtimeArguments] = runtime.createArgv;
  const [exitProgram, ...exitArguments] = options.exitCommand ?? [];
  return [
    ...["--api-version", "1", "--cid", id, "--cuuid", id, "--name", id],
    ...["--runtime", program!, ...runtimeArguments.map((text) => `--runtime-arg=${text}`)],
    ...["--bundle", bundle.directory, "--full-attach"],
    ...["--container-pidfile", join(bundle.directory, "container.pid")],
    ...["--conmon-pidfile", monitorFile(bundle)],
    ...["--exit-dir", exitDirectory, "--persist-dir", bundle.directory],
    ...["--log-path", options.logPath === undefined ? "none:" : `k8s-file:${LOG_LINK}`],
    ...["--no-sync-log", "--log-level", "error"],
    ...(bundle.terminal ? ["--terminal"] : []),
    ...(options.stdin ? ["--stdin"] : []),
    ...(options.keepStdinOpen ? ["--leave-stdin-open"] : []),
    ...(exitProgram === undefined ? [] : ["--exit-command", exitProgram]),
    ...exitArguments.map((text) => `--exit-command-arg=${text}`),
  ];
}

/**
 * Waits for conmon's message. The pipe it comes by stays open as long as conmon lives: its end
 * tells, without any polling, that the exit code has been written.
 */
async function synchronize(child: Child): Promise<{ message: SyncMessage; gone: Promise<void> }> {
  const said = readText(child.stderr!);
  const pieces = readDescriptor(child.extra[0]!)[Symbol.asyncIterator]();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await pieces.next();
    if (done) throw startFailure((await said) || "conmon ended without a word", "conmon");
    text += Buffer.from(value).toString();
  }
  return { message: JSON.parse(text.slice(0, text.indexOf("\n"))), gone: drain(pieces) };
}

async function drain(pieces: AsyncIterator<Uint8Array>): Promise<void> {
  while (!(await pieces.next()).done);
}

async function readText(bytes: Bytes): Promise<string> {
  let text = "";
  for await (const chunk of bytes) text += Buffer.from(chunk).toString();
  return text.trim();
}

function readMonitor(bundle: Bundle): { pid: number; start: number } {
  const pid = Number.parseInt(readFileSync(monitorFile(bundle), "utf8"), 10);
  return { pid, start: processStart(pid) ?? 0 };
}

function monitorFile({ directory }: Bundle): string {
  return join(directory, "conmon.pid");
}
