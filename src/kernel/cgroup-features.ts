import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CGROUP_ROOT, type CgroupLayout, cgroupsOf } from "./cgroup.ts";

/** What the control groups of this host can limit. */
export interface CgroupFeatures {
  readonly memory: boolean;
  readonly swap: boolean;
  readonly memoryReservation: boolean;
  readonly swappiness: boolean;
  readonly oomKillDisable: boolean;
  readonly pids: boolean;
  readonly cpuShares: boolean;
  readonly cpuQuota: boolean;
  readonly cpuset: boolean;
  readonly blkioWeight: boolean;
  readonly blkioWeightDevice: boolean;
  readonly blkioThrottle: boolean;
}

/** A file of v1 that is there where the kernel can do it. */
const V1_FILES: Readonly<Record<keyof CgroupFeatures, string>> = {
  memory: "memory/memory.limit_in_bytes",
  swap: "memory/memory.memsw.limit_in_bytes",
  memoryReservation: "memory/memory.soft_limit_in_bytes",
  swappiness: "memory/memory.swappiness",
  oomKillDisable: "memory/memory.oom_control",
  pids: "pids/cgroup.procs",
  cpuShares: "cpu/cpu.shares",
  cpuQuota: "cpu/cpu.cfs_quota_us",
  cpuset: "cpuset/cpuset.cpus",
  blkioWeight: "blkio/blkio.weight",
  blkioWeightDevice: "blkio/blkio.weight_device",
  blkioThrottle: "blkio/blkio.throttle.read_bps_device",
};

/** What of v1 v2 has no more is absent. */
const V2_CONTROLLERS: Readonly<Partial<Record<keyof CgroupFeatures, string>>> = {
  memory: "memory",
  memoryReservation: "memory",
  pids: "pids",
  cpuShares: "cpu",
  cpuQuota: "cpu",
  cpuset: "cpuset",
  blkioWeight: "io",
  blkioWeightDevice: "io",
  blkioThrottle: "io",
};

/** Looks which files and controllers there are. */
export function cgroupFeatures(layout: CgroupLayout): CgroupFeatures {
  if (layout === "none") return featuresOf(() => false);
  if (layout !== "v2") return featuresOf((name) => existsSync(join(CGROUP_ROOT, V1_FILES[name])));
  const controllers = readText("cgroup.controllers").split(/\s+/);
  return featuresOf((name) =>
    name === "swap" ? hasSwapLimit() : controllers.includes(V2_CONTROLLERS[name] ?? "none"),
  );
}

function featuresOf(has: (name: keyof CgroupFeatures) => boolean): CgroupFeatures {
  const names = Object.keys(V1_FILES) as (keyof CgroupFeatures)[];
  return Object.fromEntries(names.map((name) => [name, has(name)])) as never;
}

/** The root of v2's tree has no limits: a group below it tells. */
function hasSwapLimit(): boolean {
  const own = cgroupsOf(process.pid).get("") ?? CGROUP_ROOT;
  const groups = [own, join(CGROUP_ROOT, "init.scope")];
  return groups.some((group) => existsSync(join(group, "memory.swap.max")));
}

/** The processors and memory nodes that can be asked for, as `0-3,5`. */
export function availableCpuset(layout: CgroupLayout): { cpus: string; mems: string } {
  const [directory, suffix] = layout === "v2" ? ["", ".effective"] : ["cpuset", ""];
  const read = (name: string) => readText(join(directory, `cpuset.${name}${suffix}`)).trim();
  return { cpus: read("cpus"), mems: read("mems") };
}

function readText(name: string): string {
  try {
    return readFileSync(join(CGROUP_ROOT, name), "latin1");
  } catch {
    return "";
  }
}
