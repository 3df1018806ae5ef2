import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bytes, Chunk } from "#bytes";
import { type Child, type Stdio, spawnProcess } from "#kernel";
import { type Bundle, TOOL_ENVIRONMENT } from "./bundle.ts";
import { type CompiledSeccomp, keepCompiled } from "./compiled-seccomp.ts";
import { deleteContainer, stateOf } from "./container-state.ts";
import type { Runtime } from "./runtime.ts";
import { lastError, startFailure } from "./start-failure.ts";

/** Takes output as it comes; the container waits for what it returns when the pipe is full. */
export type OutputSink = (chunk: Chunk) => void | Promise<void>;

export interface ForegroundOptions {
  readonly runtime: Runtime;
  readonly bundle: Bundle;
  readonly id: string;
  /** Nothing when absent. */
  readonly stdin?: "inherit" | Bytes;
  readonly stdout: "inherit" | OutputSink;
  readonly stderr: "inherit" | OutputSink;
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
  if (bundle.uncompiled) void keepWhenMade(child, options, bundle.uncompiled);
  const output = relay(child, options).catch((error) => stop.abort(error));
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
    stdin: stdio.stdin === undefined ? "ignore" : streamOf(stdio.stdin),
    stdout: streamOf(stdio.stdout),
    stderr: streamOf(stdio.stderr),
    detached: stdio.stdin !== "inherit",
  });
}

function streamOf(target: "inherit" | Bytes | OutputSink): Stdio {
  return target === "inherit" ? "inherit" : "pipe";
}

async function relay(child: Child, options: ForegroundOptions): Promise<void> {
  const { stdin, stdout, stderr } = options;
  if (typeof stdin === "object") void feed(child, stdin);
  await Promise.all([
    stdout === "inherit" ? undefined : pour(child.stdout!, stdout),
    stderr === "inherit" ? undefined : pourErrors(child, options, stderr),
  ]);
}

async function pour(from: Bytes, to: OutputSink): Promise<void> {
  for await (const chunk of from) await to(chunk);
}

/**
 * Until the runtime knows the container, what comes may be the runtime's own complaint, which
 * the failure repeats in better words: it is held back until that is clear.
 */
async function pourErrors(child: Child, options: ForegroundOptions, to: OutputSink): Promise<void> {
  const held: Chunk[] = [];
  let started = false;
  for await (const chunk of child.stderr!) {
    started ||= stateOf(options.runtime, options.id) !== undefined;
    held.push(chunk);
    if (started) for (const piece of held.splice(0)) await to(piece);
  }
  await child.exited;
  if (readLog(logOf(options)) === "") for (const piece of held) await to(piece);
}

/** An input that fails ends as if it had ended: the process sees no more of it. */
async function feed(child: Child, input: Bytes): Promise<void> {
  try {
    for await (const chunk of input) if (!(await child.stdin!.write(chunk))) break;
  } finally {
    await child.stdin!.end();
  }
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

/** Looks for the runtime's filter as long as the container is there: only the first one has to. */
async function keepWhenMade(
  child: Child,
  { runtime, id }: ForegroundOptions,
  compiled: CompiledSeccomp,
): Promise<void> {
  const gone = child.exited.then(() => true);
  while (stateOf(runtime, id) === undefined)
    if (await Promise.race([gone, sleep(FIRST_PAUSE_MS, false)])) return;
  keepCompiled(runtime, id, compiled);
}

function logOf({ bundle }: ForegroundOptions): string {
  return join(bundle.directory, "runtime.log");
}

function readLog(path: string): string {
  return existsSync(path) ? lastError(readFileSync(path, "utf8")) : "";
}
