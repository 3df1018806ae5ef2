import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { fail } from "#errors";
import { cgroupsOf, runTool } from "#kernel";
import type { ProcessList } from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";
import { noteEvent } from "../events.ts";
import type { Container } from "../record.ts";
import { isUp } from "../status.ts";

const DEFAULT_ARGUMENTS = ["-ef"];

/**
 * What the host's `ps` says of a container's processes. Fails with `conflict` when it does not
 * run, and with `invalid-argument` in ps's words, or where it shows no process IDs.
 */
export async function listProcesses(
  store: ContainerStore,
  container: Container,
  psArguments: readonly string[],
): Promise<ProcessList> {
  const { id, status, record } = container;
  if (!isUp(status) || record.pid === undefined) fail("conflict", `Container ${id} is not running`);
  const output = await runPs(psArguments.length > 0 ? psArguments : DEFAULT_ARGUMENTS);
  const pids = store.runtime.cgroups === "none" ? sharingNamespace : sharingGroup;
  const processes = keepProcesses(output, pids(record.pid));
  noteEvent(store, container, "top");
  return processes;
}

async function runPs(psArguments: readonly string[]): Promise<string> {
  try {
    const { stdout } = await runTool(["ps", ...psArguments]);
    return stdout;
  } catch (error) {
    const [, said = String(error)] = /: (error: .*)$/m.exec(String(error)) ?? [];
    return fail("invalid-argument", `ps: ${said}`, error);
  }
}

/** All processes in the control group of a container's first one. */
function sharingGroup(pid: number): ReadonlySet<number> {
  const groups = cgroupsOf(pid);
  const group = groups.get("pids") ?? groups.get("");
  const text = group === undefined ? "" : readFileSync(join(group, "cgroup.procs"), "latin1");
  return new Set([pid, ...text.trim().split("\n").filter(Boolean).map(Number)]);
}

/** All in its process namespace, for a container that has no control group of its own. */
function sharingNamespace(pid: number): ReadonlySet<number> {
  const own = namespaceOf(String(pid));
  const names = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const sharing = names.filter((name) => own !== undefined && namespaceOf(name) === own);
  return new Set(sharing.map(Number));
}

/** Undefined for a process that is gone or not ours to look at. */
function namespaceOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

function keepProcesses(output: string, pids: ReadonlySet<number>): ProcessList {
  const [head = "", ...lines] = output.split("\n").filter((line) => line !== "");
  const titles = head.trim().split(/\s+/);
  const column = titles.indexOf("PID");
  if (column < 0) fail("invalid-argument", "Couldn't find PID field in ps output");
  const rows = lines.map((line) => fieldsOf(line, titles.length));
  return { titles, processes: rows.filter((fields) => pids.has(Number(fields[column]))) };
}

/** The last title is the command's, which has all that is left. */
function fieldsOf(line: string, count: number): string[] {
  const words = line.trim().split(/\s+/);
  return [...words.slice(0, count - 1), words.slice(count - 1).join(" ")];
}
