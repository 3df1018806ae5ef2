import { rmSync } from "node:fs";
import { kindOf } from "#errors";
import { activeSnapshot } from "./bundle.ts";
import type { RemoveOptions } from "./container-service.ts";
import { type ContainerStore, runtimeOf } from "./container-store.ts";
import { noteEvent } from "./events.ts";
import { eraseLocked } from "./finish.ts";
import { overlayOf } from "./inspect/graph-driver.ts";
import { lockContainer } from "./lock.ts";
import { type Container, parseContainer } from "./record.ts";
import { releaseContainer } from "./release.ts";
import { advance, isActive, isUp } from "./status.ts";

const KILLED = 137;

/** Removes a container and everything of it; one that runs only with `force`. */
export async function removeContainer(
  store: ContainerStore,
  { id }: Pick<Container, "id">,
  { force = false, volumes = false }: RemoveOptions,
): Promise<void> {
  await using _ = await lockContainer(store, id);
  const row = store.state.containers.get(id);
  if (row === undefined) return;
  const container = parseContainer(row);
  if (!force || !isActive(container.status)) advance(container, "remove");
  const options = { volumes: volumes || container.record.hostConfig.AutoRemove === true };
  try {
    await takeAway(store, container, options);
  } catch (error) {
    if (kindOf(error) !== "resource-exhausted") throw error;
    // It may be what has filled the disk, so that not even its end can be recorded.
    await discardChanges(store, id);
    await takeAway(store, container, options);
  }
}

async function takeAway(
  store: ContainerStore,
  container: Container,
  options: { volumes: boolean },
): Promise<void> {
  const { id, status, record } = container;
  const up = isUp(status);
  const runtime = runtimeOf(store, container);
  if (up) noteEvent(store, container, "kill", { signal: "9" });
  await releaseContainer(store, id, { force: up, monitor: record.monitor, runtime });
  if (up) noteEvent(store, container, "die", { exitCode: String(KILLED) });
  await eraseLocked(store, container, options);
}

async function discardChanges(store: ContainerStore, id: string): Promise<void> {
  const snapshot = activeSnapshot(await store.snapshotter(), id);
  const upper = snapshot && overlayOf(snapshot)?.upper;
  if (upper) rmSync(upper, { recursive: true, force: true });
}
