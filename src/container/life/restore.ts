import { fail } from "#errors";
import type { ContainerStore } from "../container-store.ts";

/** Starts what should run after a reboot; gives the names. */
export async function restoreContainers(_store: ContainerStore): Promise<readonly string[]> {
  return fail("unsupported", "restore is not there yet");
}
