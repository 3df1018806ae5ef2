import type { HostConfig, Resources } from "#container";
import { fail } from "#errors";
import type { FlagSpecs, FlagValues } from "../flags/index.ts";
import { addDeviceRule, parseDevice } from "./device-mapping.ts";
import { addBpsRate, addIopsRate, addUlimit, addWeight, parseCpus } from "./resource-values.ts";

/** The flags that say how much a container may use; `update` has some of them. */
export const resourceFlags = {
  blkioWeight: {
    type: "uint",
    default: 0,
    help: "Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)",
  },
  blkioWeightDevice: {
    type: "custom",
    value: "list",
    default: [],
    parse: addWeight,
    help: "Block IO weight (relative device weight)",
  },
  cgroupParent: { type: "string", help: "Optional parent cgroup for the container" },
  cpuPeriod: { type: "int", default: 0, help: "Limit CPU CFS (Completely Fair Scheduler) period" },
  cpuQuota: { type: "int", default: 0, help: "Limit CPU CFS (Completely Fair Scheduler) quota" },
  cpuRtPeriod: { type: "int", default: 0, help: "Limit CPU real-time period in microseconds" },
  cpuRtRuntime: { type: "int", default: 0, help: "Limit CPU real-time runtime in microseconds" },
  cpuShares: { type: "int", short: "c", default: 0, help: "CPU shares (relative weight)" },
  cpus: { type: "custom", parse: parseCpus, help: "Number of CPUs", value: "decimal" },
  cpusetCpus: { type: "string", help: "CPUs in which to allow execution (0-3, 0,1)" },
  cpusetMems: { type: "string", help: "MEMs in which to allow execution (0-3, 0,1)" },
  device: { type: "list", help: "Add a host device to the container" },
  deviceCgroupRule: {
    type: "custom",
    value: "list",
    default: [],
    parse: addDeviceRule,
    help: "Add a rule to the cgroup allowed devices list",
  },
  deviceReadBps: {
    type: "custom",
    value: "list",
    default: [],
    parse: addBpsRate,
    help: "Limit read rate (bytes per second) from a device",
  },
  deviceReadIops: {
    type: "custom",
    value: "list",
    default: [],
    parse: addIopsRate,
    help: "Limit read rate (IO per second) from a device",
  },
  deviceWriteBps: {
    type: "custom",
    value: "list",
    default: [],
    parse: addBpsRate,
    help: "Limit write rate (bytes per second) to a device",
  },
  deviceWriteIops: {
    type: "custom",
    value: "list",
    default: [],
    parse: addIopsRate,
    help: "Limit write rate (IO per second) to a device",
  },
  gpus: { type: "string", help: "GPU devices to add to the container", value: "gpu-request" },
  kernelMemory: {
    type: "bytes",
    default: 0,
    deprecated: "it has no effect",
    help: "Kernel memory limit",
  },
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
  ulimit: {
    type: "custom",
    value: "ulimit",
    default: [],
    parse: addUlimit,
    help: "Ulimit options",
  },
} as const satisfies FlagSpecs;

type Flags = FlagValues<typeof resourceFlags>;

const MOST_SWAPPINESS = 100;

/** What they ask for; zero is what a flag says that was not given. */
export function resourceOptions(flags: Flags): HostConfig {
  return {
    ...limitOptions(flags),
    ...blockOptions(flags),
    ...(flags.cgroupParent && { CgroupParent: flags.cgroupParent }),
    Devices: flags.device.map(parseDevice),
    ...(flags.deviceCgroupRule.length > 0 && { DeviceCgroupRules: flags.deviceCgroupRule }),
    ...(flags.gpus && { DeviceRequests: [{ Driver: "", Capabilities: [["gpu"]] }] }),
    ...(flags.oomKillDisable && { OomKillDisable: true }),
    ...(flags.oomScoreAdj !== 0 && { OomScoreAdj: flags.oomScoreAdj }),
    ...(flags.shmSize !== 0 && { ShmSize: flags.shmSize }),
    ...(flags.ulimit.length > 0 && { Ulimits: flags.ulimit }),
  };
}

type LimitFlags = Pick<
  Flags,
  | "blkioWeight"
  | "cpuPeriod"
  | "cpuQuota"
  | "cpuRtPeriod"
  | "cpuRtRuntime"
  | "cpuShares"
  | "cpus"
  | "cpusetCpus"
  | "cpusetMems"
  | "memory"
  | "memoryReservation"
  | "memorySwap"
  | "pidsLimit"
>;

/** The limits that `update` has, too. */
export function limitOptions(
  flags: LimitFlags & Partial<Pick<Flags, "memorySwappiness">>,
): Resources {
  const { memorySwappiness = -1 } = flags;
  if (memorySwappiness < -1 || memorySwappiness > MOST_SWAPPINESS)
    fail(
      "invalid-argument",
      `invalid value: ${memorySwappiness}. Valid memory swappiness range is 0-100`,
    );
  const limits = {
    BlkioWeight: flags.blkioWeight,
    CpuPeriod: flags.cpuPeriod,
    CpuQuota: flags.cpuQuota,
    CpuRealtimePeriod: flags.cpuRtPeriod,
    CpuRealtimeRuntime: flags.cpuRtRuntime,
    CpuShares: flags.cpuShares,
    NanoCpus: flags.cpus,
    CpusetCpus: flags.cpusetCpus,
    CpusetMems: flags.cpusetMems,
    Memory: flags.memory,
    MemoryReservation: flags.memoryReservation,
    MemorySwap: flags.memorySwap,
    PidsLimit: flags.pidsLimit,
  };
  const given = Object.entries(limits).filter(([, value]) => Boolean(value));
  return {
    ...Object.fromEntries(given),
    ...(memorySwappiness >= 0 && { MemorySwappiness: memorySwappiness }),
  };
}

function blockOptions(flags: Flags): Resources {
  const lists = {
    BlkioWeightDevice: flags.blkioWeightDevice,
    BlkioDeviceReadBps: flags.deviceReadBps,
    BlkioDeviceWriteBps: flags.deviceWriteBps,
    BlkioDeviceReadIOps: flags.deviceReadIops,
    BlkioDeviceWriteIOps: flags.deviceWriteIops,
  };
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}
