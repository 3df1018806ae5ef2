import { readFileSync, rmdirSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** `hybrid` is v1 controllers with a v2 tree for naming at /sys/fs/cgroup/unified. */
export type CgroupLayout = "v2" | "v1" | "hybrid" | "none";

export const CGROUP_ROOT = "/sys/fs/cgroup";
/** Where a hybrid layout has its v2 tree. */
export const UNIFIED_CGROUP = `${CGROUP_ROOT}/unified`;

const V1_MAGIC = 0x27e0eb;
const V2_MAGIC = 0x63677270;

/** How control groups are laid out here, by the magic numbers of the mounted file systems. */
export function cgroupLayout(): CgroupLayout {
  if (magicOf(CGROUP_ROOT) === V2_MAGIC) return "v2";
  if (magicOf(`${CGROUP_ROOT}/devices`) !== V1_MAGIC && magicOf(`${CGROUP_ROOT}/pids`) !== V1_MAGIC)
    return "none";
  return magicOf(UNIFIED_CGROUP) === V2_MAGIC ? "hybrid" : "v1";
}

/**
 * The control groups that a process is in: directories by controller, that of v2's tree by the
 * empty name (cgroups(7), "/proc/[pid]/cgroup"). None where the process is gone.
 */
export function cgroupsOf(pid: number): ReadonlyMap<string, string> {
  const lines = readGroups(pid).matchAll(/^\d+:([^:]*):(.*)$/gm);
  const groups = [...lines].flatMap(([, controllers = "", path = ""]) =>
    controllers.split(",").map((name) => [name, cgroupDirectory(name, path)] as const),
  );
  return new Map(groups);
}

/** The directory of a control group by its controller, or in v2's tree by the empty name. */
export function cgroupDirectory(controller: string, path: string): string {
  if (controller !== "") return join(CGROUP_ROOT, controller, path);
  return join(magicOf(CGROUP_ROOT) === V2_MAGIC ? CGROUP_ROOT : UNIFIED_CGROUP, path);
}

/** Ends all processes of a control group, also those that stand still. */
export function killCgroup(path: string): void {
  for (const controller of cgroupsOf(process.pid).keys()) {
    const directory = cgroupDirectory(controller, path);
    for (const pid of processesOf(directory)) attempt(() => process.kill(pid, "SIGKILL"));
    // Of version 1 and 2: a process that is frozen does not see the signal.
    attempt(() => writeFileSync(join(directory, "freezer.state"), "THAWED", { flag: "r+" }));
    attempt(() => writeFileSync(join(directory, "cgroup.freeze"), "0", { flag: "r+" }));
  }
}

function processesOf(directory: string): number[] {
  const text = attempt(() => readFileSync(join(directory, "cgroup.procs"), "utf8")) ?? "";
  return text.split("\n").filter(Boolean).map(Number);
}

/** Removes a control group from all trees where no process is in it any more. */
export function removeCgroup(path: string): void {
  for (const controller of cgroupsOf(process.pid).keys()) {
    attempt(() => rmdirSync(cgroupDirectory(controller, path)));
  }
}

/** There is none, somebody is in it or has just gone, or it is not ours: that is no failure. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

function readGroups(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, "utf8");
  } catch {
    return "";
  }
}

function magicOf(path: string): number | undefined {
  try {
    return statfsSync(path).type;
  } catch {
    return undefined;
  }
}
