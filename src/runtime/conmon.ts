import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Child, isAlive, ownProcessGroup, processStart } from "#kernel";
import type { Bundle } from "./bundle.ts";
import { keepCompiled } from "./compiled-seccomp.ts";
import {
  exitCommandArguments,
  runtimeArguments,
  spawnConmon,
  synchronize,
} from "./conmon-process.ts";
import { deleteContainer } from "./container-state.ts";
import type { Runtime } from "./runtime.ts";
import { startFailure } from "./start-failure.ts";
import { Supervised, type SupervisedPlace } from "./supervised.ts";

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
  /** Bytes after which the log begins anew; for ever when absent. */
  readonly logSize?: number;
  /** Whether the container has an input at all; without, it reads the end of file. */
  readonly stdin?: boolean;
  /** Keeps the input open when the one who is attached goes away. */
  readonly keepStdinOpen?: boolean;
  /**
   * A command, by absolute path, that the supervisor runs when the container has ended. It is in
   * the process group that {@link endSupervisor} ends.
   */
  readonly exitCommand?: readonly string[];
  /** Seconds until it does so. */
  readonly exitDelay?: number;
  /** Descriptors that the supervisor keeps open, such as sockets that hold a port. */
  readonly keepOpen?: readonly number[];
  /** Gives up, and takes away what was made. */
  readonly signal?: AbortSignal;
}

/** How long one that nobody has recorded may take to make its container. */
const PATIENCE_MS = 5_000;
const PAUSE_MS = 5;

/** In the bundle, which is conmon's directory: a link to the log's directory. */
const LOG_LINK = "logs";

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
    if (existsSync(monitorFile(bundle))) endSupervisor(readMonitor(bundle));
    throw error;
  }
}

/**
 * Ends a supervisor whose container is down, and the exit command that it may wait for; not from
 * within that command, which is about to end by itself.
 */
export function endSupervisor({ pid, start }: SupervisedPlace["monitor"]): void {
  if (!isAlive(pid, start) || ownProcessGroup() === pid) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself in this moment.
  }
}

/**
 * The one that was started in a bundle, if it runs: also when nobody has recorded it. Waits until
 * it has made its container, because what a runtime has made by half nobody can take away.
 */
export async function findSupervisor(
  directory: string,
  id: string,
): Promise<SupervisedPlace["monitor"] | undefined> {
  const monitor = recognize(directory, id);
  const patience = Date.now() + PATIENCE_MS;
  while (monitor && !existsSync(pidFile({ directory })) && Date.now() < patience) {
    if (!isAlive(monitor.pid, monitor.start)) return undefined;
    await sleep(PAUSE_MS);
  }
  return monitor;
}

/** Pids are used again: its arguments show that it is the one. */
function recognize(directory: string, id: string): SupervisedPlace["monitor"] | undefined {
  try {
    const monitor = readMonitor({ directory });
    const command = readFileSync(`/proc/${monitor.pid}/cmdline`, "utf8").split("\0");
    return command.includes(id) ? monitor : undefined;
  } catch {
    return undefined;
  }
}

function startConmon(options: SuperviseOptions): Child {
  linkLog(options);
  const { keepOpen = [] } = options;
  const child = spawnConmon(conmonArguments(options), options.bundle.directory, keepOpen);
  // conmon waits for a byte, so that it can be put into a control group before it does anything.
  writeSync(child.extra[1]!, "\n");
  return child;
}

/**
 * A colon ends the path of a log for conmon, which would then write somewhere else. It is the
 * directory that is linked, because conmon renames a new log to the old one's place.
 */
function linkLog({ bundle, logPath }: SuperviseOptions): void {
  if (logPath === undefined) return;
  const link = join(bundle.directory, LOG_LINK);
  rmSync(link, { force: true });
  symlinkSync(dirname(logPath), link);
}

function conmonArguments(options: SuperviseOptions): string[] {
  const { runtime, id, bundle, exitDirectory } = options;
  return [
    ...["--api-version", "1", "--cid", id, "--cuuid", id, "--name", id],
    ...runtimeArguments(runtime.createArgv),
    ...["--bundle", bundle.directory, "--full-attach"],
    ...["--container-pidfile", pidFile(bundle)],
    ...["--conmon-pidfile", monitorFile(bundle)],
    ...["--exit-dir", exitDirectory, "--persist-dir", bundle.directory],
    ...logArguments(options),
    ...["--no-sync-log", "--log-level", "error"],
    ...(bundle.terminal ? ["--terminal"] : []),
    ...(options.stdin ? ["--stdin"] : []),
    ...(options.keepStdinOpen ? ["--leave-stdin-open"] : []),
    ...exitCommandArguments(options.exitCommand),
    ...(options.exitDelay ? ["--exit-delay", String(options.exitDelay)] : []),
  ];
}

function logArguments({ logPath, logSize }: SuperviseOptions): string[] {
  if (logPath === undefined) return ["--log-path", "none:"];
  const path = `k8s-file:${LOG_LINK}/${basename(logPath)}`;
  return ["--log-path", path, ...(logSize ? ["--log-size-max", String(logSize)] : [])];
}

function readMonitor(bundle: Pick<Bundle, "directory">): { pid: number; start: number } {
  const pid = Number.parseInt(readFileSync(monitorFile(bundle), "utf8"), 10);
  return { pid, start: processStart(pid) ?? 0 };
}

function monitorFile({ directory }: Pick<Bundle, "directory">): string {
  return join(directory, "conmon.pid");
}

/** Is there once the container is. */
function pidFile({ directory }: Pick<Bundle, "directory">): string {
  return join(directory, "container.pid");
}
