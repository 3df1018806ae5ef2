import { type BlockRow, emptyBlkio, flatKeys, numberIn, rowsOf, textIn } from "./cgroup-file.ts";

/** What the control groups of a container say, in the names of Docker's API. */
export interface CgroupSample {
  readonly pids: object;
  readonly blkio: object;
  readonly cpu: object;
  readonly memory: { readonly usage?: number; readonly limit?: number };
}

type Groups = ReadonlyMap<string, string>;

/** Of the memory controller's numbers Docker leaves these out. */
const HIDDEN = /^(total_)?(swap|shmem|workingset_.*|kernel_stack|pgsteal.*)$/;
const TICK_NS = 1e7;

/** Reads what the controllers of v1 count (kernel documentation, admin-guide/cgroup-v1). */
export function readV1(groups: Groups): CgroupSample {
  return {
    pids: pidsOf(groups.get("pids")),
    blkio: blkioOf(groups.get("blkio")),
    cpu: cpuOf(groups),
    memory: memoryOf(groups.get("memory")),
  };
}

function pidsOf(group: string | undefined): object {
  const limit = numberIn(group, "pids.max");
  const current = numberIn(group, "pids.current");
  return { ...(current && { current }), ...(limit && { limit }) };
}

function cpuOf(groups: Groups): object {
  const group = groups.get("cpuacct");
  const { user = 0, system = 0 } = flatKeys(textIn(group, "cpuacct.stat"));
  const throttling = flatKeys(textIn(groups.get("cpu"), "cpu.stat"));
  const { nr_periods = 0, nr_throttled = 0, throttled_time = 0 } = throttling;
  return {
    cpu_usage: {
      total_usage: numberIn(group, "cpuacct.usage") ?? 0,
      percpu_usage: textIn(group, "cpuacct.usage_percpu").trim().split(/\s+/).map(Number),
      usage_in_kernelmode: system * TICK_NS,
      usage_in_usermode: user * TICK_NS,
    },
    throttling_data: {
      periods: nr_periods,
      throttled_periods: nr_throttled,
      throttled_time,
    },
  };
}

function memoryOf(group: string | undefined): CgroupSample["memory"] {
  const stats = Object.entries(flatKeys(textIn(group, "memory.stat")));
  const shown = stats.filter(([key]) => !HIDDEN.test(key)).sort(([a], [b]) => (a < b ? -1 : 1));
  const [usage, most] = ["usage", "max_usage"].map((name) =>
    numberIn(group, `memory.${name}_in_bytes`),
  );
  const failures = numberIn(group, "memory.failcnt");
  const limit = numberIn(group, "memory.limit_in_bytes");
  return {
    ...(usage !== undefined && { usage }),
    ...(most !== undefined && { max_usage: most }),
    stats: Object.fromEntries(shown),
    ...(failures && { failcnt: failures }),
    ...(limit !== undefined && { limit }),
  } as CgroupSample["memory"];
}

function blkioOf(group: string | undefined): object {
  return {
    ...emptyBlkio(),
    io_service_bytes_recursive: operationsIn(group, "io_service_bytes"),
    io_serviced_recursive: operationsIn(group, "io_serviced"),
  };
}

/** `254:0 Read 4096` in the file of the scheduler, or where that has none in the throttle's. */
function operationsIn(group: string | undefined, name: string): BlockRow[] {
  const files = [`blkio.bfq.${name}_recursive`, `blkio.throttle.${name}_recursive`];
  const found = files.map((file) => rowsOf(textIn(group, file)));
  return found.find((rows) => rows.length > 0) ?? [];
}
