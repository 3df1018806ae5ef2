import { fail } from "#errors";
import type { ContainerStore } from "../container-store.ts";
import type { EndpointConfig } from "../host-config.ts";
import type { Container } from "../record.ts";

/** Adds a container to a network, at once when it is up. */
export async function connectNetwork(
  _store: ContainerStore,
  _container: Container,
  _network: string,
  _endpoint: EndpointConfig,
): Promise<void> {
  return fail("unsupported", "network connect is not there yet");
}

/** Takes it off. */
export async function disconnectNetwork(
  _store: ContainerStore,
  _container: Container,
  _network: string,
  _options: { force?: boolean },
): Promise<void> {
  return fail("unsupported", "network disconnect is not there yet");
}
