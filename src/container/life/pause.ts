import { freezeContainer, stateOf } from "#runtime";
import { type ContainerStore, runtimeOf } from "../container-store.ts";
import { noteEvent } from "../events.ts";
import { currentContainer } from "../find.ts";
import { saveContainer } from "../finish.ts";
import { lockContainer } from "../lock.ts";
import type { Container } from "../record.ts";
import { advance } from "../status.ts";

/** Lets all processes of a container stand still. Its record says so before, in case we are killed. */
export async function pauseContainer(
  store: ContainerStore,
  { id }: Pick<Container, "id">,
): Promise<void> {
  await using _ = await lockContainer(store, id);
  const container = currentContainer(store.state.containers, id);
  saveContainer(store, { ...container, status: advance(container, "pause") });
  const runtime = runtimeOf(store, container);
  try {
    await freezeContainer(runtime, id, "pause");
  } catch (error) {
    saveContainer(store, container);
    if (stateOf(runtime, id)?.status !== "running") advance({ id, status: "exited" }, "pause");
    throw error;
  }
  noteEvent(store, container, "pause");
}

/** Lets them go on. */
export async function unpauseContainer(
  store: ContainerStore,
  { id }: Pick<Container, "id">,
): Promise<void> {
  await using _ = await lockContainer(store, id);
  const container = currentContainer(store.state.containers, id);
  const status = advance(container, "unpause");
  await freezeContainer(runtimeOf(store, container), id, "resume");
  saveContainer(store, { ...container, status });
  noteEvent(store, container, "unpause");
}
