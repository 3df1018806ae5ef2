import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fail } from "#errors";
import { isAlive, runTool } from "#kernel";
import type { Runtime } from "./runtime.ts";

/** A container as the runtime's state directory and the process table have it. */
export interface ContainerState {
  readonly status: "created" | "running" | "stopped";
  /** Of its first process, in our pid namespace. */
  readonly pid: number;
  /** With `pid` this names the process for good; see `processStart`. */
  readonly start: number;
}

/**
 * The state of a container; undefined when the runtime knows none of that id. Reads the files
 * that crun and runc keep, which costs no process.
 */
export function stateOf(runtime: Runtime, id: string): ContainerState | undefined {
  const directory = join(runtime.stateRoot, id);
  const file = runtime.name === "crun" ? "status" : "state.json";
  const text = readIfThere(join(directory, file));
  if (text === undefined) return undefined;
  const [pid, start] = runtime.name === "crun" ? crunProcess(text) : runcProcess(text);
  if (!isAlive(pid, start)) return { status: "stopped", pid, start };
  const waiting = existsSync(join(directory, "exec.fifo"));
  return { status: waiting ? "created" : "running", pid, start };
}

/**
 * Sends a signal to a container's first process. Fails with `failed-precondition` when it does
 * not run.
 */
export function signalContainer(runtime: Runtime, id: string, signal: number): void {
  const state = stateOf(runtime, id);
  if (state === undefined || state.status === "stopped" || !trySignal(state.pid, signal))
    fail("failed-precondition", `container ${id} is not running`);
}

/**
 * Takes away what the runtime has of a container: its state and control groups, with `force`
 * its processes too. That there is none is no error.
 */
export async function deleteContainer(
  runtime: Runtime,
  id: string,
  options: { force?: boolean } = {},
): Promise<void> {
  const force = options.force ? ["--force"] : [];
  try {
    await runTool([...runtime.argv, "delete", ...force, id]);
  } catch (error) {
    if (existsSync(join(runtime.stateRoot, id))) throw error;
  }
}

function trySignal(pid: number, signal: number): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function crunProcess(text: string): [number, number] {
  const state = JSON.parse(text);
  return [Number(state.pid), Number(state["process-start-time"])];
}

function runcProcess(text: string): [number, number] {
  const state = JSON.parse(text);
  return [Number(state.init_process_pid), Number(state.init_process_start)];
}

function readIfThere(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8");
    // Empty while it is being written.
    return text === "" ? undefined : text;
  } catch {
    return undefined;
  }
}
