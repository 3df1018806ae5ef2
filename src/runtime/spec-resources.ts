import { deviceRules } from "./default-spec.ts";
import type { ContainerDevice } from "./devices.ts";
import type { SpecResources } from "./runtime-spec.ts";
import type { ResourceLimits, SpecOptions } from "./spec-options.ts";

/** In microseconds: the time over which a CPU quota counts. */
const CPU_PERIOD = 100_000;

/** What the control group of a container allows. */
export function createResources(
  { privileged, resources = {} }: SpecOptions,
  devices: readonly ContainerDevice[],
): SpecResources {
  const rules = privileged
    ? [{ allow: true, access: "rwm" }]
    : [...deviceRules(), ...devices.map(({ rule }) => rule)];
  const memory = memoryOf(resources);
  const cpu = cpuOf(resources);
  const { pids, blkioWeight } = resources;
  return {
    devices: rules,
    ...(memory && { memory }),
    ...(cpu && { cpu }),
    ...(pids === undefined ? {} : { pids: { limit: pids } }),
    ...(blkioWeight === undefined ? {} : { blockIO: { weight: blkioWeight } }),
  };
}

function memoryOf({ memory, memorySwap, memoryReservation }: ResourceLimits) {
  return unlessEmpty({ limit: memory, swap: memorySwap, reservation: memoryReservation });
}

function cpuOf({ cpus, cpuShares, cpusetCpus, cpusetMems }: ResourceLimits) {
  return unlessEmpty({
    shares: cpuShares,
    quota: cpus === undefined ? undefined : Math.round(cpus * CPU_PERIOD),
    period: cpus === undefined ? undefined : CPU_PERIOD,
    cpus: cpusetCpus,
    mems: cpusetMems,
  });
}

type Present<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

function unlessEmpty<T extends object>(fields: T): Present<T> | undefined {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return present.length === 0 ? undefined : (Object.fromEntries(present) as Present<T>);
}
