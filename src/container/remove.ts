import { fail } from "#errors";
import type { RemoveOptions } from "./container-service.ts";
import { type ContainerStore, runtimeOf } from "./container-store.ts";
import { eraseLocked } from "./finish.ts";
import { lockContainer } from "./lock.ts";
import { type Container, parseContainer } from "./record.ts";
import { releaseContainer } from "./release.ts";
import { advance, isUp } from "./status.ts";

/** Removes a container and everything of it; one that runs only with `force`. */
export async function removeContainer(
  store: ContainerStore,
  { id }: Pick<Container, "id">,
  { force = false }: RemoveOptions,
): Promise<void> {
  await using _ = await lockContainer(store, id);
  const row = store.state.containers.get(id);
  if (row === undefined) return;
  const container = parseContainer(row);
  const { name, status } = container;
  if (isUp(status) && !force) {
    fail(
      "conflict",
      `You cannot remove a running container ${id}. ` +
        "Stop the container before attempting removal or force remove",
    );
  }
  if (!isUp(status)) advance(status, "remove", name);
  await releaseContainer(store, id, { force: isUp(status), runtime: runtimeOf(store, container) });
  await eraseLocked(store, id);
}
