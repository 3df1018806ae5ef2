import { statfsSync } from "node:fs";

/** `hybrid` is v1 controllers with a v2 tree for naming at /sys/fs/cgroup/unified. */
export type CgroupLayout = "v2" | "v1" | "hybrid" | "none";

const CGROUP_ROOT = "/sys/fs/cgroup";
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

function magicOf(path: string): number | undefined {
  try {
    return statfsSync(path).type;
  } catch {
    return undefined;
  }
}
