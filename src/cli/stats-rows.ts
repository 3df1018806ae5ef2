import type { ContainerStats } from "#container";
import { bytesSize, type Column, humanSize, truncateId } from "./output/index.ts";

/** What a sample comes to, computed as docker's CLI does. */
export interface StatsRow {
  /** As it was asked for. */
  readonly container: string;
  readonly id: string;
  readonly name: string;
  readonly cpuPercent: number;
  readonly memory: number;
  readonly memoryLimit: number;
  readonly received: number;
  readonly sent: number;
  readonly read: number;
  readonly written: number;
  readonly pids: number;
}

/** The parts of a sample that are shown (ContainerStatsResponse). */
interface Sample {
  readonly id: string;
  readonly name: string;
  readonly cpu_stats: CpuStats;
  readonly precpu_stats: CpuStats;
  readonly memory_stats: {
    readonly usage?: number;
    readonly limit?: number;
    readonly stats?: Readonly<Record<string, number>>;
  };
  readonly pids_stats: { readonly current?: number };
  readonly blkio_stats: {
    readonly io_service_bytes_recursive:
      | readonly { readonly op: string; readonly value: number }[]
      | null;
  };
  readonly networks?: Readonly<
    Record<string, { readonly rx_bytes: number; readonly tx_bytes: number }>
  >;
}

interface CpuStats {
  readonly cpu_usage: { readonly total_usage: number };
  readonly system_cpu_usage?: number;
  readonly online_cpus?: number;
}

export function statsRow(container: string, stats: ContainerStats): StatsRow {
  const sample = stats as unknown as Sample;
  const networks = Object.values(sample.networks ?? {});
  return {
    container,
    id: sample.id,
    name: sample.name.slice(1),
    cpuPercent: cpuPercent(sample),
    memory: memoryUsage(sample),
    memoryLimit: sample.memory_stats.limit ?? 0,
    received: sum(networks.map(({ rx_bytes }) => rx_bytes)),
    sent: sum(networks.map(({ tx_bytes }) => tx_bytes)),
    read: blockBytes(sample, /^r/i),
    written: blockBytes(sample, /^w/i),
    pids: sample.pids_stats.current ?? 0,
  };
}

/** Of one processor; several at once come to more than 100. */
function cpuPercent({ cpu_stats: now, precpu_stats: before }: Sample): number {
  const used = now.cpu_usage.total_usage - before.cpu_usage.total_usage;
  const passed = (now.system_cpu_usage ?? 0) - (before.system_cpu_usage ?? 0);
  return used > 0 && passed > 0 ? (used / passed) * (now.online_cpus ?? 1) * 100 : 0;
}

/** Without the page cache that can be given up at once: v1 and v2 name it differently. */
function memoryUsage({ memory_stats: { usage = 0, stats = {} } }: Sample): number {
  const { inactive_file: v2 = 0, total_inactive_file: cache = v2 } = stats;
  return cache < usage ? usage - cache : usage;
}

function blockBytes({ blkio_stats }: Sample, operation: RegExp): number {
  const rows = blkio_stats.io_service_bytes_recursive ?? [];
  return sum(rows.filter(({ op }) => operation.test(op)).map(({ value }) => value));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Docker's columns. */
export function statsColumns(whole: boolean): Column<StatsRow>[] {
  return [
    { key: "Container", header: "CONTAINER", value: ({ container }) => container, hidden: true },
    { key: "ID", header: "CONTAINER ID", value: ({ id }) => (whole ? id : truncateId(id)) },
    { key: "Name", header: "NAME", value: ({ name }) => name },
    { key: "CPUPerc", header: "CPU %", value: ({ cpuPercent: value }) => percent(value) },
    { key: "MemUsage", header: "MEM USAGE / LIMIT", value: memoryText },
    { key: "MemPerc", header: "MEM %", value: memoryPercent },
    { key: "NetIO", header: "NET I/O", value: ({ received, sent }) => pair(received, sent) },
    { key: "BlockIO", header: "BLOCK I/O", value: ({ read, written }) => pair(read, written) },
    { key: "PIDs", header: "PIDS", value: ({ pids }) => String(pids) },
  ];
}

function memoryText({ memory, memoryLimit }: StatsRow): string {
  return `${bytesSize(memory)} / ${bytesSize(memoryLimit)}`;
}

function memoryPercent({ memory, memoryLimit }: StatsRow): string {
  return percent(memoryLimit === 0 ? 0 : (memory / memoryLimit) * 100);
}

function percent(value: number): string {
  return `${value.toFixed(2)}%`;
}

function pair(one: number, other: number): string {
  return `${humanSize(one)} / ${humanSize(other)}`;
}
