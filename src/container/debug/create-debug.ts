import { fail } from "#errors";
import type { CreatedContainer, DebugOptions } from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";

/** A container to be started, that looks into another one, or into an image, with tools. */
export async function createDebug(
  _store: ContainerStore,
  _target: string,
  _options: DebugOptions,
): Promise<CreatedContainer> {
  return fail("unsupported", "debug is not there yet");
}
