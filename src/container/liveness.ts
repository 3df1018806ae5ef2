import { bootId, isAlive } from "#kernel";
import { stateOf } from "#runtime";
import { type ContainerStore, readExit, runtimeOf } from "./container-store.ts";
import type { Container, ContainerRecord } from "./record.ts";
import { isUp } from "./status.ts";

/**
 * Whether one that is recorded as up is not, or never will be because nobody lets it begin: who
 * has its lock knows that nobody is about to.
 */
export function hasEnded(store: ContainerStore, container: Container): boolean {
  const { id, status, record } = container;
  if (!isUp(status)) return false;
  if (!isSupervised(record) || readExit(store, id) !== undefined) return true;
  return stateOf(runtimeOf(store, container), id)?.status === "created";
}

/** Whether its supervisor, or who waits to start it again, is there. */
export function isSupervised({ monitor }: ContainerRecord): boolean {
  return monitor !== undefined && isAlive(monitor.pid, monitor.start);
}

/** Whether nobody is left who would start it again. */
export function isAbandoned({ status, record }: Container): boolean {
  return status === "restarting" && !isSupervised(record);
}

/** Whether it was made by a process that is gone, which alone would have started it. */
export function isOrphan({ status, record: { starter } }: Container): boolean {
  if (status !== "created" || starter === undefined) return false;
  return starter.boot !== bootId() || !isAlive(starter.pid, starter.start);
}
