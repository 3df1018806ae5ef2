import { existsSync, readdirSync, rmSync } from "node:fs";
import { bootId, isAlive } from "#kernel";
import { bundlesOf, type ContainerStore, homesOf, placesOf } from "./container-store.ts";
import { eraseLocked, finishLocked, hasEnded, isSupervised, saveContainer } from "./finish.ts";
import { removeLock, tryLockContainer } from "./lock.ts";
import { type Container, parseContainer } from "./record.ts";
import { releaseContainer } from "./release.ts";
import { advance, isActive } from "./status.ts";

const ID = /^[0-9a-f]{64}$/;

/**
 * Brings the records and what is there in line, after a kill -9 or a reboot: containers that have
 * ended meanwhile, starts that were broken off, files of containers without a record. When all is
 * well it costs a few directory reads and two queries.
 */
export async function reconcile(store: ContainerStore): Promise<void> {
  // A record comes before its files: what has none now, never gets one.
  const homes = readNames(homesOf(store.root));
  const seen = new Set([
    ...readNames(bundlesOf(store.runtimeDirectory)),
    ...store.network.owners(),
  ]);
  const containers = store.state.containers.list().map(parseContainer);
  const known = new Set(containers.map(({ id }) => id));
  for (const home of homes) if (!known.has(home)) removeHome(store, home);
  const wrong = containers.filter(
    (one) => hasEnded(store, one) || isOrphan(one) || isAbandoned(one),
  );
  const suspects = new Set(wrong.map(({ id }) => id));
  const up = new Set(containers.filter(({ status }) => isActive(status)).map(({ id }) => id));
  for (const id of seen) if (ID.test(id) && !up.has(id)) suspects.add(id);
  for (const id of suspects) {
    // One that cannot be put in order must not keep the others from being used.
    await repair(store, id).catch(() => {});
  }
  await store.network.repair().catch(() => {});
}

/** Looked at again under its lock: who holds it is at work on it and leaves it in order. */
async function repair(store: ContainerStore, id: string): Promise<void> {
  await using lock = await tryLockContainer(store, id);
  if (lock === undefined) return;
  const row = store.state.containers.get(id);
  if (row === undefined) {
    await releaseContainer(store, id, { force: true });
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
  if (record.hostConfig.AutoRemove || isOrphan(container)) await eraseLocked(store, container);
}

/** Nobody is left who would start it again. */
async function giveUp(store: ContainerStore, container: Container): Promise<void> {
  const { monitor: _, ...record } = container.record;
  saveContainer(store, { ...container, status: advance(container, "exit"), record });
}

function isAbandoned({ status, record }: Container): boolean {
  return status === "restarting" && !isSupervised(record);
}

/** Whether it was made by a process that is gone, which alone would have started it. */
function isOrphan({ status, record: { starter } }: Container): boolean {
  if (status !== "created" || starter === undefined) return false;
  return starter.boot !== bootId() || !isAlive(starter.pid, starter.start);
}

function removeHome(store: ContainerStore, id: string): void {
  rmSync(placesOf(store, id).home, { recursive: true, force: true });
  removeLock(store, id);
}

function readNames(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
