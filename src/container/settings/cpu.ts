import { availableParallelism } from "node:os";
import { availableCpuset, type CgroupLayout } from "#kernel";
import type { Resources } from "../host-config.ts";
import { failSetting } from "./fail-setting.ts";

/** Microseconds. */
const LEAST_PERIOD = 1000;
const MOST_PERIOD = 1_000_000;
const MOST_CPU = 8192;

/** Fails with `invalid-argument` in Docker's words. */
export function checkCpu(resources: Resources, layout: CgroupLayout): void {
  const { NanoCpus = 0, CpuPeriod = 0, CpuQuota = 0, CpuShares = 0 } = resources;
  if (NanoCpus > 0 && CpuPeriod > 0)
    failSetting("Conflicting options: Nano CPUs and CPU Period cannot both be set");
  if (NanoCpus > 0 && CpuQuota > 0)
    failSetting("Conflicting options: Nano CPUs and CPU Quota cannot both be set");
  if (NanoCpus !== 0) checkCpus(NanoCpus);
  if (CpuShares < 0) failSetting(`invalid CPU shares (${CpuShares}): value must be positive`);
  if (CpuPeriod !== 0 && (CpuPeriod < LEAST_PERIOD || CpuPeriod > MOST_PERIOD))
    failSetting(
      "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)",
    );
  if (CpuQuota > 0 && CpuQuota < LEAST_PERIOD)
    failSetting("CPU cfs quota can not be less than 1ms (i.e. 1000)");
  checkCpuset(resources, layout);
}

function checkCpus(nanoCpus: number): void {
  const most = availableParallelism();
  if (nanoCpus < 0 || nanoCpus > most * 1e9)
    failSetting(
      `Range of CPUs is from 0.01 to ${most}.00, as there are only ${most} CPUs available`,
    );
}

function checkCpuset({ CpusetCpus, CpusetMems }: Resources, layout: CgroupLayout): void {
  if (!CpusetCpus && !CpusetMems) return;
  const { cpus, mems } = availableCpuset(layout);
  if (CpusetCpus && !covers(cpus, CpusetCpus, "cpuset cpus"))
    failSetting(`Requested CPUs are not available - requested ${CpusetCpus}, available: ${cpus}`);
  if (CpusetMems && !covers(mems, CpusetMems, "cpuset mems"))
    failSetting(
      `Requested memory nodes are not available - requested ${CpusetMems}, available: ${mems}`,
    );
}

function covers(available: string, asked: string, what: string): boolean {
  const there = parseCpuset(available, what);
  return [...parseCpuset(asked, what)].every((number) => there.has(number));
}

/** `0-2,5` (cpuset(7), "List format"). */
function parseCpuset(text: string, what: string): Set<number> {
  const ranges = text.split(",").map((part) => {
    const [, first = "", last = first] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (first === "" || to < from || to >= MOST_CPU)
      failSetting(`Invalid value ${text} for ${what}: invalid format: ${text}`);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
  return new Set(ranges.flat());
}
