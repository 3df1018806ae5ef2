import type { ContainerStore } from "./container-store.ts";
import type { Container } from "./record.ts";

/** Notes in the store's events what happened to a container, in Docker's words. */
export function noteEvent(
  { state }: Pick<ContainerStore, "state">,
  { id, name, record }: Pick<Container, "id" | "name" | "record">,
  action: string,
  more: Readonly<Record<string, string>> = {},
): void {
  const { Image: image, Labels } = record.config;
  const attributes = { ...Labels, image, name, ...more };
  state.events.add({ type: "container", action, actor: id, attributes });
}
