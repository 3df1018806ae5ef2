import { fail } from "#errors";
import type { ContainerStore } from "../container-store.ts";
import type { Container } from "../record.ts";

/** Lets all processes of a container stand still. */
export async function pauseContainer(_store: ContainerStore, _container: Container): Promise<void> {
  return fail("unsupported", "pause is not there yet");
}

/** Lets them go on. */
export async function unpauseContainer(
  _store: ContainerStore,
  _container: Container,
): Promise<void> {
  return fail("unsupported", "unpause is not there yet");
}
