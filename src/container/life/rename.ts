import { fail, messageOf } from "#errors";
import type { ContainerStore } from "../container-store.ts";
import { noteEvent } from "../events.ts";
import { currentContainer } from "../find.ts";
import { lockContainer } from "../lock.ts";
import { checkName, nameTaken } from "../names.ts";
import type { Container } from "../record.ts";

/** Gives a container another name. */
export async function renameContainer(
  store: ContainerStore,
  { id }: Pick<Container, "id">,
  newName: string,
): Promise<void> {
  if (newName === "") fail("invalid-argument", "Neither old nor new names may be empty");
  const name = checkNew(newName);
  await using _ = await lockContainer(store, id);
  const { state } = store;
  state.transaction(() => {
    const container = currentContainer(state.containers, id);
    const holder = state.containers.byName(name);
    if (holder?.id === id)
      fail("invalid-argument", "Renaming a container with the same name as its current name");
    if (holder) fail("conflict", `Error when allocating new name: ${nameTaken(holder)}`);
    state.containers.update(id, { name });
    noteEvent(store, { ...container, name }, "rename", { oldName: `/${container.name}` });
  });
  await store.network.rename(id, name);
}

function checkNew(name: string): string {
  try {
    return checkName(name);
  } catch (error) {
    return fail("invalid-argument", `Error when allocating new name: ${messageOf(error)}`, error);
  }
}
