import { existsSync, readdirSync, rmSync } from "node:fs";
import { bootId, isAlive } from "#kernel";
import { stateOf } from "#runtime";
import {
  bundlesOf,
  type ContainerStore,
  homesOf,
  placesOf,
  readExitCode,
  runtimeOf,
} from "./container-store.ts";
import { eraseLocked, finishLocked } from "./finish.ts";
import { removeLock, tryLockContainer } from "./lock.ts";
import { type Container, parseContainer } from "./record.ts";
import { releaseContainer } from "./release.ts";
import { isUp } from "./status.ts";

const ID = /^[0-9a-f]{64}$/;
/** Docker's exit code for one that ended without anybody there to see it. */
const UNKNOWN = 255;

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
  const wrong = containers.filter((one) => hasEnded(store, one) || isOrphan(one));
  const suspects = new Set(wrong.map(({ id }) => id));
  const up = new Set(containers.filter(({ status }) => isUp(status)).map(({ id }) => id));
  for (const id of seen) if (ID.test(id) && !up.has(id)) suspects.add(id);
  for (const id of suspects) {
    // One that cannot be put in order must not keep the others from being used.
    await repair(store, id).catch(() => {});
  }
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
  if (isUp(container.status)) await end(store, container);
  else await breakOff(store, container);
}

async function end(store: ContainerStore, container: Container): Promise<void> {
  if (!hasEnded(store, container)) return;
  const exitCode = readExitCode(store, container.id);
  const lost = { exitCode: UNKNOWN, error: "its supervisor is gone", force: true };
  await finishLocked(store, container, exitCode === undefined ? lost : { exitCode });
}

/** A start that its process did not live to finish, or to begin. */
async function breakOff(store: ContainerStore, container: Container): Promise<void> {
  const { id, record } = container;
  await releaseContainer(store, id, { force: true });
  if (record.hostConfig.AutoRemove || isOrphan(container)) await eraseLocked(store, id);
}

/** Whether it was made by a process that is gone, which alone would have started it. */
function isOrphan({ status, record: { starter } }: Container): boolean {
  if (status !== "created" || starter === undefined) return false;
  return starter.boot !== bootId() || !isAlive(starter.pid, starter.start);
}

/** Whether one that is recorded as running is not, or never will: nobody lets it begin. */
function hasEnded(store: ContainerStore, container: Container): boolean {
  const { id, status, record } = container;
  if (!isUp(status)) return false;
  const { monitor } = record;
  if (monitor === undefined || !isAlive(monitor.pid, monitor.start)) return true;
  return (
    readExitCode(store, id) !== undefined ||
    stateOf(runtimeOf(store, container), id)?.status === "created"
  );
}

function removeHome(store: ContainerStore, id: string): void {
  rmSync(placesOf(store, id).home, { recursive: true, force: true });
  removeLock(store, id);
}

function readNames(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
