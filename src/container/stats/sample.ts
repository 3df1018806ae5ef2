import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { type CgroupLayout, cgroupsOf } from "#kernel";
import type { Container } from "../record.ts";
import { type CgroupSample, readV1 } from "./cgroup-v1.ts";
import { readV2 } from "./cgroup-v2.ts";
import { readNetworks } from "./networks.ts";

/** What a container has used up to one moment. */
export interface Sample extends CgroupSample {
  /** RFC 3339 with nanoseconds. */
  readonly read: string;
  /** By the interface's name; none in a network that is not its own. */
  readonly networks: Readonly<Record<string, object>> | undefined;
}

/** Nanoseconds of a clock tick: USER_HZ is 100 on all of Linux's processors but Alpha. */
const TICK_NS = 1e7;

/**
 * Reads the control groups and interfaces of a container that runs; undefined once it is gone.
 * Where containers have no control groups of their own, only its interfaces are known.
 */
export function readSample(
  { record }: Pick<Container, "record">,
  layout: CgroupLayout,
): Sample | undefined {
  const { pid, hostConfig } = record;
  if (pid === undefined || !existsSync(`/proc/${pid}`)) return undefined;
  const groups = layout === "none" ? new Map<string, string>() : cgroupsOf(pid);
  const used = groups.has("memory") || groups.has("cpuacct") ? readV1(groups) : readV2(groups);
  const shared = hostConfig.NetworkMode === "host" || hostConfig.NetworkMode === "none";
  return {
    read: now(),
    ...used,
    cpu: { ...used.cpu, system_cpu_usage: systemTime(), online_cpus: availableParallelism() },
    memory: { ...used.memory, limit: Math.min(used.memory.limit ?? Infinity, totalmem()) },
    networks: shared ? undefined : readNetworks(pid),
  };
}

function now(): string {
  const time = performance.timeOrigin + performance.now();
  const milliseconds = Math.floor(time);
  const rest = Math.floor((time - milliseconds) * 1e6);
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${String(rest).padStart(6, "0")}Z`;
}

/** Nanoseconds that all processors have had since the boot, idle or not (proc(5), /proc/stat). */
function systemTime(): number {
  const [, times = ""] = /^cpu\s+(.*)$/m.exec(readFileSync("/proc/stat", "latin1")) ?? [];
  // Guest time is contained in user time.
  const ticks = times.split(" ").slice(0, 8).map(Number);
  return ticks.reduce((sum, tick) => sum + tick, 0) * TICK_NS;
}
