import type { StopOptions } from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";
import { noteEvent } from "../events.ts";
import type { Container } from "../record.ts";
import { startContainer } from "../start.ts";
import { stopContainer } from "./stop.ts";

/** Stops a container, if it is up, and starts it. */
export async function restartContainer(
  store: ContainerStore,
  container: Container,
  options: StopOptions,
): Promise<void> {
  await stopContainer(store, container, { ...options, restarts: true });
  await startContainer(store, container, {});
  noteEvent(store, container, "restart");
}
