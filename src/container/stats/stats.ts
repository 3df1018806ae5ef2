import { fail } from "#errors";
import type { ContainerStats } from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";
import type { Container } from "../record.ts";

/** Samples of what a container uses, one a second. */
export function sampleStats(
  _store: ContainerStore,
  _container: Container,
  _options: { once?: boolean; signal?: AbortSignal },
): AsyncIterable<ContainerStats> {
  return fail("unsupported", "stats is not there yet");
}
