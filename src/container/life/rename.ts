import { fail } from "#errors";
import type { ContainerStore } from "../container-store.ts";
import type { Container } from "../record.ts";

/** Gives a container another name. */
export async function renameContainer(
  _store: ContainerStore,
  _container: Container,
  _newName: string,
): Promise<void> {
  return fail("unsupported", "rename is not there yet");
}
