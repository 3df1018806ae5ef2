import { fail } from "#errors";
import type { ContainerStore } from "../container-store.ts";

/** Records that a container has ended, and restarts or removes it as it is to be. */
export async function handleExit(_store: ContainerStore, _id: string): Promise<void> {
  return fail("unsupported", "the exit command is not there yet");
}
