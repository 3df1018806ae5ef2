import { fail } from "#errors";
import type { Digest } from "#oci";
import type { CommitOptions } from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";
import type { Container } from "../record.ts";

/** Makes an image of a container. */
export async function commitContainer(
  _store: ContainerStore,
  _container: Container,
  _options: CommitOptions,
): Promise<{ id: Digest }> {
  return fail("unsupported", "commit is not there yet");
}
