import { rmSync } from "node:fs";
import type { MountTargets } from "#runtime";
import { activeSnapshot } from "./bundle.ts";
import { type ContainerStore, placesOf, runtimeOf } from "./container-store.ts";
import { lockContainer, removeLock } from "./lock.ts";
import { type Container, formatContainer, parseContainer } from "./record.ts";
import { releaseContainer } from "./release.ts";
import { advance, isUp } from "./status.ts";

/** How a container ended. */
export interface Ending {
  readonly exitCode: number;
  readonly error?: string;
  /** What was made in its root to mount on, when this process did it. */
  readonly targets?: MountTargets | undefined;
  /** Whether to kill what may be left of it. */
  readonly force?: boolean;
}

/** Records that a container has ended, once: gives it all back and removes it if it wanted so. */
export async function finishContainer(
  store: ContainerStore,
  id: string,
  ending: Ending,
): Promise<void> {
  await using _ = await lockContainer(store, id);
  const row = store.state.containers.get(id);
  if (row === undefined) return;
  const container = parseContainer(row);
  if (isUp(container.status)) await finishLocked(store, container, ending);
}

/** The same for one who has the lock and knows that it is up. */
export async function finishLocked(
  store: ContainerStore,
  container: Container,
  { exitCode, error = "", ...how }: Ending,
): Promise<void> {
  const { id, name, record } = container;
  await releaseContainer(store, id, { ...how, runtime: runtimeOf(store, container) });
  if (record.hostConfig.AutoRemove) {
    await eraseLocked(store, id);
    return;
  }
  const { pid: _pid, monitor: _monitor, endpoints: _endpoints, ports: _ports, ...rest } = record;
  const status = advance(container.status, "exit", name);
  const ended = { ...rest, exitCode, error, finished: Date.now() };
  saveContainer(store, { ...container, status, record: ended });
}

/** Removes the record, the writable snapshot and the files of a container that has been released. */
export async function eraseLocked(store: ContainerStore, id: string): Promise<void> {
  const snapshotter = await store.snapshotter();
  let removing: Promise<void> | undefined;
  store.state.transaction(() => {
    store.state.containers.delete(id);
    removing = activeSnapshot(snapshotter, id)?.remove();
  });
  await removing;
  rmSync(placesOf(store, id).home, { recursive: true, force: true });
  removeLock(store, id);
}

export function saveContainer(store: ContainerStore, container: Container): void {
  const { id, name, status, record } = formatContainer(container);
  store.state.containers.update(id, { name, status, record });
}
