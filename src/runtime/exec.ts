import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Child, spawnProcess } from "#kernel";
import { TOOL_ENVIRONMENT } from "./bundle.ts";
import { type ChildStreams, hasBegun, readLog, relayStreams, stdioOf } from "./child-streams.ts";
import type { Runtime } from "./runtime.ts";
import type { SpecProcess } from "./runtime-spec.ts";
import { startFailure } from "./start-failure.ts";

/** One more process for a container that is up. */
export interface ExecOptions {
  readonly runtime: Runtime;
  /** The container's. */
  readonly id: string;
  readonly process: SpecProcess;
  /** A directory of this process alone, which must exist. */
  readonly directory: string;
}

/**
 * Runs a process without a terminal in a container, with streams of ours on it and no supervisor.
 * Resolves once it has begun, with what gives its exit code, or 128 plus the signal that killed
 * it, when it has ended and all its output has come; a sink that fails fails that. Fails with
 * {@link StartFailure} when the process cannot be started.
 */
export async function execAttached(
  options: ExecOptions,
  streams: ChildStreams,
): Promise<{ exited: Promise<number> }> {
  const { process, directory } = options;
  rmSync(logOf(directory), { force: true });
  const child = startRuntime(options, streams);
  let known: Promise<boolean> | undefined;
  const begun = () => {
    known ??= hasBegun(child, () => existsSync(pidFileOf(directory)), logOf(directory));
    return known;
  };
  const exited = untilEnded(child, relayStreams(child, streams, begun));
  exited.catch(() => {});
  if (!(await begun())) throw startFailure(readLog(logOf(directory)), process.args[0] ?? "");
  return { exited };
}

/** In our pid namespace; undefined before the process has begun. */
export function readExecPid(directory: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(pidFileOf(directory), "utf8"), 10);
  } catch {
    return undefined;
  }
}

/** Writes what the runtime is to run; gives the file's path. */
export function writeProcess({ directory, process }: ExecOptions): string {
  const path = join(directory, "process.json");
  writeFileSync(path, JSON.stringify(process), { mode: 0o600 });
  return path;
}

export function pidFileOf(directory: string): string {
  return join(directory, "pid");
}

async function untilEnded(child: Child, output: Promise<void>): Promise<number> {
  await output;
  return (await child.exited).code;
}

function startRuntime(options: ExecOptions, streams: ChildStreams): Child {
  const { runtime, id, directory } = options;
  const logging = logArguments(options);
  const files = ["--process", writeProcess(options), "--pid-file", pidFileOf(directory)];
  return spawnProcess([...runtime.joinArgv, ...logging, "exec", ...files, id], {
    env: TOOL_ENVIRONMENT,
    ...stdioOf(streams),
    detached: true,
  });
}

/** Where the runtime is to say what went wrong. */
export function logArguments({ runtime, directory }: ExecOptions): string[] {
  // crun would have its own errors on standard error in the form of its log.
  const format = runtime.name === "crun" ? "text" : "json";
  return ["--log", logOf(directory), "--log-format", format];
}

export function logOf(directory: string): string {
  return join(directory, "runtime.log");
}
