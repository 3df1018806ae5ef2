import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail } from "#errors";
import { isAlive, runTool } from "#kernel";
import type { Runtime } from "./runtime.ts";
import type { ResourceLimits } from "./runtime-spec.ts";

/** A container as the runtime's state directory and the process table have it. */
export interface ContainerState {
  readonly status: "created" | "running" | "stopped";
  /** Of its first process, in our pid namespace. */
  readonly pid: number;
  /** With `pid` this names the process for good; see `processStart`. */
  readonly start: number;
}

/** The file that a runtime keeps of a container, and its fields for the first process. */
const STATE_FILES = {
  crun: ["status", "pid", "process-start-time"],
  runc: ["state.json", "init_process_pid", "init_process_start"],
} as const;

/**
 * The state of a container; undefined when the runtime knows none of that id. Reads the files
 * that crun and runc keep, which costs no process.
 */
export function stateOf(runtime: Runtime, id: string): ContainerState | undefined {
  const found = readProcess(runtime, id);
  if (found === undefined) return undefined;
  if (!isAlive(found.pid, found.start)) return { status: "stopped", ...found };
  const waiting = existsSync(join(runtime.stateRoot, id, "exec.fifo"));
  return { status: waiting ? "created" : "running", ...found };
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

/** Lets all processes of a container stand still, by its control group, or go on. */
export async function freezeContainer(
  runtime: Runtime,
  id: string,
  verb: "pause" | "resume",
): Promise<void> {
  if (runtime.cgroups === "none")
    fail(
      "unsupported",
      `cannot ${verb} container ${id}: it has no control group to freeze, as an ordinary user's`,
    );
  await runTool([...runtime.joinArgv, verb, id]);
}

/** Gives a container that runs other limits. */
export async function limitContainer(
  runtime: Runtime,
  id: string,
  limits: ResourceLimits,
): Promise<void> {
  // crun opens its input by a path, which a socket has none of; a crash leaves it to "delete".
  const file = join(runtime.stateRoot, id, "limits.json");
  try {
    writeFileSync(file, JSON.stringify(limits), { mode: 0o600 });
    await runTool([...runtime.joinArgv, "update", "--resources", file, id]);
  } finally {
    rmSync(file, { force: true });
  }
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

/** Undefined where the file is not there, or is being written. */
function readProcess(runtime: Runtime, id: string): { pid: number; start: number } | undefined {
  const [file, pid, start] = STATE_FILES[runtime.name];
  try {
    const state = JSON.parse(readFileSync(join(runtime.stateRoot, id, file), "utf8"));
    return { pid: Number(state[pid]), start: Number(state[start]) };
  } catch {
    return undefined;
  }
}
