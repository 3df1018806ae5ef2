import type { Attachment, NetworkMode } from "#network";
import type { ContainerStore } from "../container-store.ts";
import type { Container } from "../record.ts";

/** Connects a container that is about to start with the networks of its record. */
export function attachNetworks(
  { network }: ContainerStore,
  { id, record }: Container,
): Promise<Attachment> {
  return network.attach(id, (record.hostConfig.NetworkMode ?? "bridge") as NetworkMode);
}

/** Lets go of all its networks; nothing to let go of is no failure. */
export function detachNetworks({ network }: ContainerStore, id: string): void {
  network.detach(id);
}
