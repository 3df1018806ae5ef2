import type { CgroupFeatures } from "#kernel";
import type { Resources } from "../host-config.ts";

/** A limit that a host may lack the means for. */
interface Means {
  readonly feature: keyof CgroupFeatures;
  asked(resources: Resources): boolean;
  /** Docker's words for what is done about it. */
  readonly warning: string;
  /** What is set in its place. */
  readonly without: Partial<Resources>;
}

const UNMOUNTED = "or the cgroup is not mounted";

const MEANS: readonly Means[] = [
  {
    feature: "memory",
    asked: ({ Memory = 0 }) => Memory > 0,
    warning: `Your kernel does not support memory limit capabilities ${UNMOUNTED}. Limitation discarded.`,
    without: { Memory: 0, MemorySwap: -1 },
  },
  {
    feature: "swap",
    asked: ({ Memory = 0, MemorySwap = 0 }) => Memory > 0 && MemorySwap !== -1,
    warning: `Your kernel does not support swap limit capabilities ${UNMOUNTED}. Memory limited without swap.`,
    without: { MemorySwap: -1 },
  },
  {
    feature: "swappiness",
    asked: ({ MemorySwappiness }) => typeof MemorySwappiness === "number",
    warning: `Your kernel does not support memory swappiness capabilities ${UNMOUNTED}. Memory swappiness discarded.`,
    without: { MemorySwappiness: null },
  },
  {
    feature: "memoryReservation",
    asked: ({ MemoryReservation = 0 }) => MemoryReservation > 0,
    warning: `Your kernel does not support memory soft limit capabilities ${UNMOUNTED}. Limitation discarded.`,
    without: { MemoryReservation: 0 },
  },
  {
    feature: "oomKillDisable",
    asked: ({ OomKillDisable }) => OomKillDisable === true,
    warning: "Your kernel does not support OomKillDisable. OomKillDisable discarded.",
    without: { OomKillDisable: null },
  },
  {
    feature: "pids",
    asked: ({ PidsLimit }) => (PidsLimit ?? 0) > 0,
    warning: `Your kernel does not support PIDs limit capabilities ${UNMOUNTED}. PIDs limit discarded.`,
    without: { PidsLimit: null },
  },
  {
    feature: "cpuShares",
    asked: ({ CpuShares = 0 }) => CpuShares > 0,
    warning: `Your kernel does not support CPU shares ${UNMOUNTED}. Shares discarded.`,
    without: { CpuShares: 0 },
  },
  {
    feature: "cpuQuota",
    asked: ({ CpuPeriod = 0, CpuQuota = 0 }) => CpuPeriod !== 0 || CpuQuota !== 0,
    warning: "Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.",
    without: { CpuPeriod: 0, CpuQuota: 0 },
  },
  {
    feature: "cpuset",
    asked: ({ CpusetCpus, CpusetMems }) => Boolean(CpusetCpus || CpusetMems),
    warning: `Your kernel does not support cpuset ${UNMOUNTED}. Cpuset discarded.`,
    without: { CpusetCpus: "", CpusetMems: "" },
  },
  {
    feature: "blkioWeight",
    asked: ({ BlkioWeight = 0 }) => BlkioWeight > 0,
    warning: `Your kernel does not support Block I/O weight ${UNMOUNTED}. Weight discarded.`,
    without: { BlkioWeight: 0 },
  },
  {
    feature: "blkioWeightDevice",
    asked: ({ BlkioWeightDevice }) => isAsked(BlkioWeightDevice),
    warning: `Your kernel does not support Block I/O weight_device ${UNMOUNTED}. Weight-device discarded.`,
    without: { BlkioWeightDevice: [] },
  },
  throttle("BlkioDeviceReadBps", "BPS Block I/O read limit", "Block I/O BPS read limit"),
  throttle("BlkioDeviceWriteBps", "BPS Block I/O write limit", "Block I/O BPS write limit"),
  throttle("BlkioDeviceReadIOps", "IOPS Block read limit", "Block I/O IOPS read limit"),
  throttle("BlkioDeviceWriteIOps", "IOPS Block write limit", "Block I/O IOPS write limit"),
];

type Throttle = Extract<keyof Resources, `BlkioDevice${string}`>;

function throttle(field: Throttle, what: string, short: string): Means {
  return {
    feature: "blkioThrottle",
    asked: (resources) => isAsked(resources[field]),
    warning: `Your kernel does not support ${what} ${UNMOUNTED}. ${short} discarded.`,
    without: { [field]: [] },
  };
}

function isAsked(list: readonly unknown[] | null | undefined): boolean {
  return (list ?? []).length > 0;
}

/** The limits without those that this host cannot set, and a warning for each of them. */
export function discardUnsupported<T extends Resources>(
  asked: T,
  has: (feature: keyof CgroupFeatures) => boolean,
): { resources: T; warnings: string[] } {
  let resources = asked;
  const warnings: string[] = [];
  for (const { feature, asked: isSet, warning, without } of MEANS) {
    if (!isSet(resources) || has(feature)) continue;
    resources = { ...resources, ...without };
    warnings.push(warning);
  }
  return { resources, warnings };
}
