import type { HostConfig } from "#container";
import type { FlagSpecs, FlagValues } from "../flags/index.ts";

/** The flags that say how much a container may use; `update` has some of them. */
export const resourceFlags = {
  blkioWeight: {
    type: "uint",
    default: 0,
    help: "Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)",
  },
  blkioWeightDevice: { type: "list", help: "Block IO weight (relative device weight)" },
  cgroupParent: { type: "string", help: "Optional parent cgroup for the container" },
  cpuPeriod: { type: "int", default: 0, help: "Limit CPU CFS (Completely Fair Scheduler) period" },
  cpuQuota: { type: "int", default: 0, help: "Limit CPU CFS (Completely Fair Scheduler) quota" },
  cpuRtPeriod: { type: "int", default: 0, help: "Limit CPU real-time period in microseconds" },
  cpuRtRuntime: { type: "int", default: 0, help: "Limit CPU real-time runtime in microseconds" },
  cpuShares: { type: "int", short: "c", default: 0, help: "CPU shares (relative weight)" },
  cpus: { type: "string", help: "Number of CPUs", value: "decimal" },
  cpusetCpus: { type: "string", help: "CPUs in which to allow execution (0-3, 0,1)" },
  cpusetMems: { type: "string", help: "MEMs in which to allow execution (0-3, 0,1)" },
  device: { type: "list", help: "Add a host device to the container" },
  deviceCgroupRule: { type: "list", help: "Add a rule to the cgroup allowed devices list" },
  deviceReadBps: { type: "list", help: "Limit read rate (bytes per second) from a device" },
  deviceReadIops: { type: "list", help: "Limit read rate (IO per second) from a device" },
  deviceWriteBps: { type: "list", help: "Limit write rate (bytes per second) to a device" },
  deviceWriteIops: { type: "list", help: "Limit write rate (IO per second) to a device" },
  gpus: { type: "string", help: "GPU devices to add to the container", value: "gpu-request" },
  memory: { type: "bytes", short: "m", default: 0, help: "Memory limit" },
  memoryReservation: { type: "bytes", default: 0, help: "Memory soft limit" },
  memorySwap: {
    type: "bytes",
    unlimited: true,
    default: 0,
    help: "Swap limit equal to memory plus swap: '-1' to enable unlimited swap",
  },
  memorySwappiness: {
    type: "int",
    default: -1,
    help: "Tune container memory swappiness (0 to 100)",
  },
  oomKillDisable: { type: "bool", help: "Disable OOM Killer" },
  oomScoreAdj: { type: "int", default: 0, help: "Tune host's OOM preferences (-1000 to 1000)" },
  pidsLimit: {
    type: "int",
    default: 0,
    help: "Tune container pids limit (set -1 for unlimited)",
  },
  shmSize: { type: "bytes", default: 0, help: "Size of /dev/shm" },
  ulimit: { type: "list", help: "Ulimit options", value: "ulimit" },
} as const satisfies FlagSpecs;

/** What they ask for. */
export function resourceOptions(_flags: FlagValues<typeof resourceFlags>): HostConfig {
  return {};
}
