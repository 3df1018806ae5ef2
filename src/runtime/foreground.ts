import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Child, spawnProcess } from "#kernel";
import { type Bundle, TOOL_ENVIRONMENT } from "./bundle.ts";
import { type ChildStreams, hasBegun, readLog, relayStreams, stdioOf } from "./child-streams.ts";
import { type CompiledSeccomp, keepCompiled } from "./compiled-seccomp.ts";
import { deleteContainer, stateOf } from "./container-state.ts";
import type { Runtime } from "./runtime.ts";
import { startFailure } from "./start-failure.ts";

export interface ForegroundOptions extends ChildStreams {
  readonly runtime: Runtime;
  readonly bundle: Bundle;
  readonly id: string;
  /** Kills the container; the call then fails with the signal's reason when all is gone. */
  readonly signal?: AbortSignal;
}

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;
const PATIENCE_MS = 5_000;

/**
 * Runs a container to its end with no supervisor and takes it away again. The exit code is the
 * process's own, or 128 plus the signal that killed it. Fails with {@link StartFailure} when the
 * process could not be started. Whatever happens, nothing of the container is left.
 */
export async function runForeground(options: ForegroundOptions): Promise<{ exitCode: number }> {
  const { runtime, bundle, id, signal } = options;
  signal?.throwIfAborted();
  mkdirSync(runtime.stateRoot, { recursive: true, mode: 0o700 });
  rmSync(logOf(options), { force: true });
  const stop = new AbortController();
  const child = startRuntime(options);
  const kill = () => void killUntilGone(child, options);
  const stopSignal = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  stopSignal.addEventListener("abort", kill);
  const begun = () => hasBegun(child, () => stateOf(runtime, id) !== undefined, logOf(options));
  if (bundle.uncompiled) void keepWhenMade(begun, options, bundle.uncompiled);
  const output = relayStreams(child, options, begun).catch((error) => stop.abort(error));
  const { code } = await child.exited;
  await output;
  stopSignal.removeEventListener("abort", kill);
  if (existsSync(join(runtime.stateRoot, id))) await deleteContainer(runtime, id, { force: true });
  stopSignal.throwIfAborted();
  const said = code === 0 ? "" : readLog(logOf(options));
  if (said !== "") throw startFailure(said, bundle.program);
  return { exitCode: code };
}

function startRuntime(options: ForegroundOptions): Child {
  const { runtime, bundle, id, ...stdio } = options;
  // crun would have the container's own errors in the form of its log.
  const format = runtime.name === "crun" ? "text" : "json";
  const logging = ["--log", logOf(options), "--log-format", format];
  const argv = [...runtime.createArgv, ...logging, "run", "--bundle", bundle.directory, id];
  return spawnProcess(argv, {
    env: TOOL_ENVIRONMENT,
    ...stdioOf(stdio),
    detached: stdio.stdin !== "inherit",
  });
}

/**
 * Kills the container on abort, and again until its runtime has seen it end and has cleaned up:
 * the abort may come before there is a process to kill.
 */
async function killUntilGone(child: Child, { runtime, id }: ForegroundOptions): Promise<void> {
  const gone = child.exited.then(() => true);
  const patience = Date.now() + PATIENCE_MS;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    killProcess(runtime, id);
    if (await Promise.race([gone, sleep(pause, false)])) return;
    if (Date.now() > patience) child.kill("SIGKILL");
  }
}

function killProcess(runtime: Runtime, id: string): void {
  const state = stateOf(runtime, id);
  if (state === undefined || state.status === "stopped") return;
  try {
    process.kill(state.pid, "SIGKILL");
  } catch {
    // It ended by itself in this moment.
  }
}

/** As long as the container is there: only the first one has to. */
async function keepWhenMade(
  begun: () => Promise<boolean>,
  { runtime, id }: ForegroundOptions,
  compiled: CompiledSeccomp,
): Promise<void> {
  if (await begun()) keepCompiled(runtime, id, compiled);
}

function logOf({ bundle }: ForegroundOptions): string {
  return join(bundle.directory, "runtime.log");
}
