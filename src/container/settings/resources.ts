import { type CgroupFeatures, type CgroupLayout, cgroupFeatures } from "#kernel";
import { deviceAt, parseDeviceRule } from "#runtime";
import type { Resources } from "../host-config.ts";
import { checkCpu } from "./cpu.ts";
import { failSetting } from "./fail-setting.ts";
import { checkMemory } from "./memory.ts";
import { checkUlimit } from "./ulimits.ts";
import { discardUnsupported } from "./unsupported.ts";

/** Limits that can be set here, and what to tell about those that cannot. */
export interface SettledResources<T extends Resources> {
  readonly resources: T;
  /** In Docker's words. */
  readonly warnings: string[];
}

const FEWEST_WEIGHT = 10;
const MOST_WEIGHT = 1000;

/** Why, after warnings in Docker's words. */
const NO_GROUPS =
  "No control groups can be used here: an ordinary user has none of their own. Run as root to limit containers.";

/** What Docker takes for "not said". */
const ABSENT: Readonly<Partial<Record<keyof Resources, number>>> = {
  MemorySwappiness: -1,
  PidsLimit: 0,
};

/**
 * Checks the limits of a new container: what this host cannot do is left out with a warning, as
 * in Docker, and swap is as much as memory when it is not said. Fails with `invalid-argument`
 * for what makes no sense.
 */
export function settleResources<T extends Resources>(
  asked: T,
  layout: CgroupLayout,
): SettledResources<T> {
  const { resources, warnings } = checkResources(asked, layout);
  const { Memory = 0, MemorySwap = 0 } = resources;
  const swap = Memory > 0 && MemorySwap === 0 ? { MemorySwap: 2 * Memory } : {};
  return { resources: { OomKillDisable: false, ...resources, ...swap }, warnings };
}

/** The same for an update, which may leave out what is set already. */
export function checkResources<T extends Resources>(
  asked: T,
  layout: CgroupLayout,
  { update = false }: { update?: boolean } = {},
): SettledResources<T> {
  const said = withoutAbsent(asked);
  const has = featureQuery(layout);
  const { resources, warnings } = discardUnsupported(
    layout === "none" ? withQuota(said) : said,
    has,
  );
  if (layout === "none" && warnings.length > 0) warnings.push(NO_GROUPS);
  if (resources.NanoCpus && !has("cpuQuota"))
    failSetting(
      "NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted",
    );
  checkMemory(resources, update);
  checkCpu(resources, layout);
  checkBlockIo(resources);
  checkPlain(resources);
  return { resources, warnings: [...warnings, ...warningsOf(resources)] };
}

/** Docker fails for `--cpus` alone, which an ordinary user would not understand. */
function withQuota<T extends Resources>(resources: T): T {
  const { NanoCpus = 0, CpuPeriod = 0, CpuQuota = 0 } = resources;
  if (NanoCpus <= 0 || CpuPeriod !== 0 || CpuQuota !== 0) return resources;
  return { ...resources, NanoCpus: 0, CpuPeriod: 100_000, CpuQuota: NanoCpus / 10_000 };
}

/** Looking costs a dozen system calls: only a container with limits pays for it. */
function featureQuery(layout: CgroupLayout): (feature: keyof CgroupFeatures) => boolean {
  let features: CgroupFeatures | undefined;
  return (feature) => {
    features ??= cgroupFeatures(layout);
    return features[feature];
  };
}

function withoutAbsent<T extends Resources>(resources: T): T {
  const said = Object.entries(resources).filter(
    ([key, value]) => value !== ABSENT[key as keyof Resources] || value === undefined,
  );
  return Object.fromEntries(said) as T;
}

function checkBlockIo({ BlkioWeight = 0, ...resources }: Resources): void {
  if (BlkioWeight !== 0 && (BlkioWeight < FEWEST_WEIGHT || BlkioWeight > MOST_WEIGHT))
    failSetting(`Range of blkio weight is from ${FEWEST_WEIGHT} to ${MOST_WEIGHT}`);
  for (const { Path } of resources.BlkioWeightDevice ?? []) deviceAt(Path);
  for (const { Path } of resources.BlkioDeviceReadBps ?? []) deviceAt(Path);
  for (const { Path } of resources.BlkioDeviceWriteBps ?? []) deviceAt(Path);
  for (const { Path } of resources.BlkioDeviceReadIOps ?? []) deviceAt(Path);
  for (const { Path } of resources.BlkioDeviceWriteIOps ?? []) deviceAt(Path);
}

function checkPlain({ DeviceCgroupRules, Ulimits, CgroupParent = "" }: Resources): void {
  for (const rule of DeviceCgroupRules ?? []) parseDeviceRule(rule);
  for (const ulimit of Ulimits ?? []) checkUlimit(ulimit);
  if (CgroupParent.split("/").includes(".."))
    failSetting(`invalid cgroup parent ${CgroupParent}: it must not contain ".."`);
}

function warningsOf({ OomKillDisable, Memory = 0 }: Resources): string[] {
  if (!OomKillDisable || Memory > 0) return [];
  return [
    "OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.",
  ];
}
