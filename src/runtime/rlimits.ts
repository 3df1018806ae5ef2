import { readFileSync } from "node:fs";
import type { RlimitOption } from "./spec-options.ts";

/** How /proc/PID/limits calls what setrlimit(2) calls RLIMIT_…. */
const TITLES: Readonly<Record<string, string>> = {
  RLIMIT_AS: "Max address space",
  RLIMIT_CORE: "Max core file size",
  RLIMIT_CPU: "Max cpu time",
  RLIMIT_DATA: "Max data size",
  RLIMIT_FSIZE: "Max file size",
  RLIMIT_LOCKS: "Max file locks",
  RLIMIT_MEMLOCK: "Max locked memory",
  RLIMIT_MSGQUEUE: "Max msgqueue size",
  RLIMIT_NICE: "Max nice priority",
  RLIMIT_NOFILE: "Max open files",
  RLIMIT_NPROC: "Max processes",
  RLIMIT_RSS: "Max resident set",
  RLIMIT_RTPRIO: "Max realtime priority",
  RLIMIT_RTTIME: "Max realtime timeout",
  RLIMIT_SIGPENDING: "Max pending signals",
  RLIMIT_STACK: "Max stack size",
};

/** The limit, no higher than our own hard one: more would make the runtime fail. */
export function clampRlimit({ type, soft, hard }: RlimitOption): RlimitOption {
  const most = hardLimit(type);
  const clampedHard = lower(hard, most);
  return { type, soft: lower(soft, clampedHard), hard: clampedHard };
}

/** -1 is "unlimited", on both sides. */
function lower(wanted: number, most: number): number {
  if (most === -1) return wanted;
  return wanted === -1 ? most : Math.min(wanted, most);
}

function hardLimit(type: string): number {
  const title = TITLES[type];
  const lines = readFileSync("/proc/self/limits", "latin1").split("\n");
  const line = title && lines.find((text) => text.startsWith(title));
  const value = line ? line.slice(title.length).trim().split(/\s+/)[1] : undefined;
  return value === undefined || value === "unlimited" ? -1 : Number(value);
}
