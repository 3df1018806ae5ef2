import type { ContainerStore } from "../container-store.ts";
import { finishLocked } from "../finish.ts";
import { hasEnded } from "../liveness.ts";
import { lockContainer, removeLock } from "../lock.ts";
import { type Container, parseContainer } from "../record.ts";
import { startLocked } from "../start.ts";

const SECOND = 1000;

/**
 * Records that a container has ended, and restarts or removes it as it is to be. Gives the
 * seconds after which it is to be asked again; undefined when there is nothing to do any more.
 */
export async function handleExit(store: ContainerStore, id: string): Promise<number | undefined> {
  await using _ = await lockContainer(store, id);
  const row = store.state.containers.get(id);
  if (row === undefined) removeLock(store, id);
  const container = row && (await finished(store, parseContainer(row)));
  if (container?.status !== "restarting") return undefined;
  const { finished: end = 0, restartDelay = 0 } = container.record;
  // The clock may have been set back meanwhile.
  const wait = Math.min(end + restartDelay - Date.now(), restartDelay);
  if (wait > 0) return wait / SECOND;
  await startLocked(store, container, {});
  return undefined;
}

/** It as it is once its end is recorded. */
async function finished(
  store: ContainerStore,
  container: Container,
): Promise<Container | undefined> {
  return hasEnded(store, container) ? await finishLocked(store, container) : container;
}
