import { rmSync } from "node:fs";
import { type ContainerStore, placesOf, removeExit } from "./container-store.ts";
import { eraseLocked, finishLocked, saveContainer } from "./finish.ts";
import { hasEnded, isAbandoned, isOrphan } from "./liveness.ts";
import { removeLock, tryLockContainer } from "./lock.ts";
import { type Container, parseContainer } from "./record.ts";
import { releaseContainer } from "./release.ts";
import { advance, isActive } from "./status.ts";

/**
 * Puts one container in order. It is looked at again under its lock: who holds it is at work on
 * it and leaves it in order.
 */
export async function repairContainer(store: ContainerStore, id: string): Promise<void> {
  await using lock = await tryLockContainer(store, id);
  if (lock === undefined) return;
  const row = store.state.containers.get(id);
  if (row === undefined) {
    await releaseContainer(store, id, { force: true });
    removeExit(store, id);
    removeHome(store, id);
    return;
  }
  const container = parseContainer(row);
  if (hasEnded(store, container)) await finishLocked(store, container);
  else if (isAbandoned(container)) await giveUp(store, container);
  else if (!isActive(container.status)) await breakOff(store, container);
}

/** A start that its process did not live to finish, or to begin. */
async function breakOff(store: ContainerStore, container: Container): Promise<void> {
  const { id, record } = container;
  await releaseContainer(store, id, { force: true });
  removeExit(store, id);
  if (record.hostConfig.AutoRemove || isOrphan(container)) await eraseLocked(store, container);
}

/** Nobody is left who would start it again. */
async function giveUp(store: ContainerStore, container: Container): Promise<void> {
  const { monitor: _, ...record } = container.record;
  saveContainer(store, { ...container, status: advance(container, "exit"), record });
}

/** Takes away what stays of a container that has no record. */
export function removeHome(store: ContainerStore, id: string): void {
  rmSync(placesOf(store, id).home, { recursive: true, force: true });
  removeLock(store, id);
}
