import { fail } from "#errors";
import type { UpdateOptions } from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";
import type { Container } from "../record.ts";

/** Changes limits and the restart policy. */
export async function updateContainer(
  _store: ContainerStore,
  _container: Container,
  _options: UpdateOptions,
): Promise<{ warnings: readonly string[] }> {
  return fail("unsupported", "update is not there yet");
}
