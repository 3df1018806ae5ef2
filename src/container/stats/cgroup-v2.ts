import { type BlockRow, emptyBlkio, flatKeys, numberIn, textIn } from "./cgroup-file.ts";
import type { CgroupSample } from "./cgroup-v1.ts";

const MICROSECOND_NS = 1000;

/** Reads what the controllers of v2 count (kernel documentation, admin-guide/cgroup-v2). */
export function readV2(groups: ReadonlyMap<string, string>): CgroupSample {
  const group = groups.get("");
  return {
    pids: pidsOf(group),
    blkio: blkioOf(group),
    cpu: cpuOf(group),
    memory: memoryOf(group),
  };
}

/** Without a limit Docker tells of the largest number. */
function pidsOf(group: string | undefined): object {
  const current = numberIn(group, "pids.current");
  const limit = numberIn(group, "pids.max") ?? Number(2n ** 64n - 1n);
  return current === undefined ? {} : { current, limit };
}

function cpuOf(group: string | undefined): object {
  const stat = flatKeys(textIn(group, "cpu.stat"));
  const { nr_periods = 0, nr_throttled = 0 } = stat;
  const time = (key: string) => (stat[key] ?? 0) * MICROSECOND_NS;
  return {
    cpu_usage: {
      total_usage: time("usage_usec"),
      usage_in_kernelmode: time("system_usec"),
      usage_in_usermode: time("user_usec"),
    },
    throttling_data: {
      periods: nr_periods,
      throttled_periods: nr_throttled,
      throttled_time: time("throttled_usec"),
    },
  };
}

function memoryOf(group: string | undefined): CgroupSample["memory"] {
  const usage = numberIn(group, "memory.current");
  const limit = numberIn(group, "memory.max");
  return {
    ...(usage !== undefined && { usage }),
    stats: flatKeys(textIn(group, "memory.stat")),
    ...(limit !== undefined && { limit }),
  } as CgroupSample["memory"];
}

function blkioOf(group: string | undefined): object {
  const lines = textIn(group, "io.stat").trim().split("\n");
  return {
    ...emptyBlkio(null),
    io_service_bytes_recursive: lines.flatMap(bytesIn),
  };
}

/** `254:0 rbytes=4096 wbytes=0 rios=1 …` */
function bytesIn(line: string): BlockRow[] {
  const [, major, minor, counts = ""] = /^(\d+):(\d+) (.*)$/.exec(line) ?? [];
  if (major === undefined) return [];
  const device = { major: Number(major), minor: Number(minor) };
  const countOf = (key: string) => Number(new RegExp(`\\b${key}=(\\d+)`).exec(counts)?.[1] ?? 0);
  return [
    { ...device, op: "read", value: countOf("rbytes") },
    { ...device, op: "write", value: countOf("wbytes") },
  ];
}
