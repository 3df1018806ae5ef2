import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerStats } from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";
import { type Container, parseContainer } from "../record.ts";
import { isUp } from "../status.ts";
import { readSample, type Sample } from "./sample.ts";

/** Docker's zero time. */
const NEVER = "0001-01-01T00:00:00Z";
const INTERVAL_MS = 1000;

/**
 * Samples of what a container uses, one a second, each with the processor time of the one
 * before, until it is removed or `signal`. `once` takes two, so that the second can be compared
 * with the first. One that is down gives samples without numbers.
 */
export async function* sampleStats(
  { state, runtime }: Pick<ContainerStore, "state" | "runtime">,
  { id }: Pick<Container, "id">,
  { once = false, signal }: { once?: boolean; signal?: AbortSignal },
): AsyncIterable<ContainerStats> {
  let last: Sample | undefined;
  for (let turn = 0; ; turn++) {
    const row = state.containers.get(id);
    if (row === undefined || signal?.aborted) return;
    const container = parseContainer(row);
    const sample = isUp(container.status) ? readSample(container, runtime.cgroups) : undefined;
    const compared = turn > 0 || sample === undefined;
    if (!once || compared) yield describe(container, sample, last);
    if (once && compared) return;
    last = sample;
    await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** In Docker's names and order (ContainerStatsResponse). */
function describe(
  { id, name }: Container,
  sample: Sample | undefined,
  last: Sample | undefined,
): ContainerStats {
  return {
    read: sample?.read ?? NEVER,
    preread: (sample && last?.read) ?? NEVER,
    pids_stats: sample?.pids ?? {},
    blkio_stats: sample?.blkio ?? NO_BLKIO,
    num_procs: 0,
    storage_stats: {},
    cpu_stats: sample?.cpu ?? NO_CPU,
    precpu_stats: (sample && last?.cpu) ?? NO_CPU,
    memory_stats: sample?.memory ?? {},
    name: `/${name}`,
    id,
    ...(sample?.networks && { networks: sample.networks }),
  };
}

const NO_CPU = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
};

const NO_BLKIO = {
  io_service_bytes_recursive: null,
  io_serviced_recursive: null,
  io_queue_recursive: null,
  io_service_time_recursive: null,
  io_wait_time_recursive: null,
  io_merged_recursive: null,
  io_time_recursive: null,
  sectors_recursive: null,
};
