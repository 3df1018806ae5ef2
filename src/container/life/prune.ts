import { kindOf } from "#errors";
import { checkFilterKeys, labelFilter } from "#filters";
import { parseTimestamp } from "#image";
import { isAlive } from "#kernel";
import type { Filters, PruneResult } from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";
import { type Container, parseContainer } from "../record.ts";
import { removeContainer } from "../remove.ts";
import { sizeOf } from "../size.ts";
import { isActive } from "../status.ts";

const FILTERS = ["until", "label", "label!"];

/** Removes the containers that are down; their volumes stay. */
export async function pruneContainers(
  store: ContainerStore,
  filters: Filters,
): Promise<PruneResult> {
  checkFilterKeys(filters, FILTERS);
  const isWanted = pruneFilter(filters);
  const removed: string[] = [];
  let bytes = 0;
  for (const container of store.state.containers.list().map(parseContainer)) {
    if (isActive(container.status) || isStarting(container) || !isWanted(container)) continue;
    const { own } = await sizeOf(store, container);
    if (!(await removeDown(store, container))) continue;
    removed.push(container.id);
    bytes += own;
  }
  const attributes = { reclaimed: String(bytes) };
  store.state.events.add({ type: "container", action: "prune", actor: "", attributes });
  return { removed, bytes };
}

/** One that was started meanwhile stays. */
async function removeDown(store: ContainerStore, container: Container): Promise<boolean> {
  try {
    await removeContainer(store, container, {});
    return true;
  } catch (error) {
    if (kindOf(error) === "conflict") return false;
    throw error;
  }
}

/** Whether somebody has made it to start it right now. */
function isStarting({ record: { starter } }: Container): boolean {
  return starter !== undefined && isAlive(starter.pid, starter.start);
}

function pruneFilter(filters: Filters): (container: Container) => boolean {
  const now = Date.now();
  const until = Math.min(...(filters.until ?? []).map((text) => parseTimestamp(text, now)));
  const hasLabels = labelFilter(filters);
  return ({ created, record }) => created < until && hasLabels(record.config.Labels ?? {});
}
