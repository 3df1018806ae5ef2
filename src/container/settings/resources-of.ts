import { deviceAt, type ResourceLimits } from "#runtime";
import type { Resources, ThrottleDevice } from "../host-config.ts";

/** Microseconds over which a CPU quota counts. */
const CPU_PERIOD = 100_000;
const NANO = 1e9;
/** PID_MAX_LIMIT of the kernel: as good as no limit, and crun 1.8 cannot write that. */
const MOST_PIDS = 4_194_304;

/**
 * What a container's limits are in its config.json, and in what `update` tells the runtime. A
 * device's numbers may be others than last time, so they are asked now.
 */
export function resourcesOf(resources: Resources): ResourceLimits {
  const { PidsLimit } = resources;
  return {
    ...group("memory", memoryOf(resources)),
    ...group("cpu", cpuOf(resources)),
    // The runtimes leave an old limit alone when they are told of none.
    ...(typeof PidsLimit === "number" && {
      pids: { limit: PidsLimit > 0 ? PidsLimit : MOST_PIDS },
    }),
    ...group("blockIO", blockIoOf(resources)),
  };
}

function memoryOf(resources: Resources): NonNullable<ResourceLimits["memory"]> {
  const { Memory, MemorySwap, MemoryReservation, MemorySwappiness, OomKillDisable } = resources;
  return {
    ...(Memory && { limit: Memory }),
    ...(MemoryReservation && { reservation: MemoryReservation }),
    ...(MemorySwap && { swap: MemorySwap }),
    ...(typeof MemorySwappiness === "number" && { swappiness: MemorySwappiness }),
    ...(OomKillDisable && { disableOOMKiller: true }),
  };
}

function cpuOf(resources: Resources): NonNullable<ResourceLimits["cpu"]> {
  const { NanoCpus, CpuShares, CpuPeriod, CpuQuota, CpusetCpus, CpusetMems } = resources;
  const { CpuRealtimePeriod, CpuRealtimeRuntime } = resources;
  return {
    ...(CpuShares && { shares: CpuShares }),
    ...(NanoCpus && { period: CPU_PERIOD, quota: Math.trunc((NanoCpus * CPU_PERIOD) / NANO) }),
    ...(CpuPeriod && { period: CpuPeriod }),
    ...(CpuQuota && { quota: CpuQuota }),
    ...(CpuRealtimePeriod && { realtimePeriod: CpuRealtimePeriod }),
    ...(CpuRealtimeRuntime && { realtimeRuntime: CpuRealtimeRuntime }),
    ...(CpusetCpus && { cpus: CpusetCpus }),
    ...(CpusetMems && { mems: CpusetMems }),
  };
}

function blockIoOf(resources: Resources): NonNullable<ResourceLimits["blockIO"]> {
  const { BlkioWeight, BlkioWeightDevice } = resources;
  const weights = BlkioWeightDevice?.map(({ Path, Weight }) => ({
    ...deviceAt(Path),
    weight: Weight,
  }));
  return {
    ...(BlkioWeight && { weight: BlkioWeight }),
    ...(weights?.length && { weightDevice: weights }),
    ...throttled("throttleReadBpsDevice", resources.BlkioDeviceReadBps),
    ...throttled("throttleWriteBpsDevice", resources.BlkioDeviceWriteBps),
    ...throttled("throttleReadIOPSDevice", resources.BlkioDeviceReadIOps),
    ...throttled("throttleWriteIOPSDevice", resources.BlkioDeviceWriteIOps),
  };
}

function throttled(field: string, devices: readonly ThrottleDevice[] | null | undefined) {
  const rates = devices?.map(({ Path, Rate }) => ({ ...deviceAt(Path), rate: Rate }));
  return rates?.length ? { [field]: rates } : {};
}

function group<Name extends string, Fields extends object>(name: Name, fields: Fields) {
  return (Object.keys(fields).length > 0 ? { [name]: fields } : {}) as { [N in Name]?: Fields };
}
