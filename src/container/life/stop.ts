import { fail } from "#errors";
import type { StopOptions } from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";
import type { Container } from "../record.ts";

/** Asks a container to end, and kills it when it does not; false when it was down already. */
export async function stopContainer(
  _store: ContainerStore,
  _container: Container,
  _options: StopOptions,
): Promise<boolean> {
  return fail("unsupported", "stop is not there yet");
}
