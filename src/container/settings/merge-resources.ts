import { fail } from "#errors";
import type { CgroupLayout } from "#kernel";
import type { HostConfig, Resources } from "../host-config.ts";
import { checkResources } from "./resources.ts";

/** What `update` can change, by Docker's rule: what is zero or empty stays as it is. */
const CHANGEABLE = [
  ...["BlkioWeight", "CpuShares", "CpuPeriod", "CpuQuota", "NanoCpus"],
  ...["CpuRealtimePeriod", "CpuRealtimeRuntime", "CpusetCpus", "CpusetMems"],
  ...["Memory", "MemorySwap", "MemoryReservation"],
] as readonly (keyof Resources)[];

/**
 * A container's HostConfig with other limits. Fails with `invalid-argument` for limits that make
 * no sense, and with `conflict` for those that do not fit what is set, in Docker's words (its
 * answer to an update begins with "Cannot update container ID: " for the latter).
 */
export function mergeResources(
  current: HostConfig,
  asked: Resources,
  layout: CgroupLayout,
): { hostConfig: HostConfig; warnings: readonly string[] } {
  const { resources, warnings } = checkResources(asked, layout, { update: true });
  checkAgainst(current, resources);
  const changed = CHANGEABLE.filter((field) => resources[field]).map(
    (field) => [field, resources[field]] as const,
  );
  const { PidsLimit = current.PidsLimit } = resources;
  return {
    hostConfig: {
      ...current,
      ...Object.fromEntries(changed),
      ...(PidsLimit != null && { PidsLimit }),
    },
    warnings,
  };
}

function checkAgainst(current: HostConfig, asked: Resources): void {
  const { Memory = 0, MemorySwap = 0, NanoCpus = 0, CpuPeriod = 0, CpuQuota = 0 } = asked;
  const set = (option: string, other: string) =>
    fail(
      "conflict",
      `Conflicting options: ${option} cannot be updated as ${other} has already been set`,
    );
  if (NanoCpus && current.CpuPeriod) set("Nano CPUs", "CPU Period");
  if (NanoCpus && current.CpuQuota) set("Nano CPUs", "CPU Quota");
  if (CpuPeriod && current.NanoCpus) set("CPU Period", "NanoCPUs");
  if (CpuQuota && current.NanoCpus) set("CPU Quota", "NanoCPUs");
  if (Memory > (current.MemorySwap ?? 0) && MemorySwap === 0)
    fail(
      "conflict",
      "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time",
    );
}
