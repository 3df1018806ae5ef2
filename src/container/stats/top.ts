import { fail } from "#errors";
import type { ProcessList } from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";
import type { Container } from "../record.ts";

/** What `ps` says of a container's processes. */
export async function listProcesses(
  _store: ContainerStore,
  _container: Container,
  _psArguments: readonly string[],
): Promise<ProcessList> {
  return fail("unsupported", "top is not there yet");
}
