import { fail } from "#errors";
import type { ContainerStore } from "../container-store.ts";

/** Makes one health check; gives the seconds until the next, undefined when there is none. */
export async function checkHealth(
  _store: ContainerStore,
  _id: string,
): Promise<number | undefined> {
  return fail("unsupported", "the health check is not there yet");
}
