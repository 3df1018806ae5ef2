import { fail } from "#errors";
import type { Filters, PruneResult } from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";

/** Removes the containers that are down. */
export async function pruneContainers(
  _store: ContainerStore,
  _filters: Filters,
): Promise<PruneResult> {
  return fail("unsupported", "prune is not there yet");
}
