import type { RemoveOptions } from "./container-service.ts";
import { type ContainerStore, runtimeOf } from "./container-store.ts";
import { noteEvent } from "./events.ts";
import { eraseLocked } from "./finish.ts";
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
  const { monitor, hostConfig } = container.record;
  const up = isUp(container.status);
  if (up) noteEvent(store, container, "kill", { signal: "9" });
  await releaseContainer(store, id, { force: up, monitor, runtime: runtimeOf(store, container) });
  if (up) noteEvent(store, container, "die", { exitCode: String(KILLED) });
  await eraseLocked(store, container, { volumes: volumes || hostConfig.AutoRemove === true });
}
