import { fail } from "#errors";
import type { FileChange } from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";
import type { Container } from "../record.ts";

/** What a container has changed of its image. */
export async function listChanges(
  _store: ContainerStore,
  _container: Container,
): Promise<FileChange[]> {
  return fail("unsupported", "diff is not there yet");
}
