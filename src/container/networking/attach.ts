import { fail, messageOf } from "#errors";
import type { Attachment, EndpointRequest, NetworkMode } from "#network";
import type { ContainerStore } from "../container-store.ts";
import type { EndpointConfig } from "../host-config.ts";
import type { Container } from "../record.ts";
import { namespaceDonor } from "../settings/namespaces.ts";
import { portRequests } from "./port-requests.ts";

/** Networks that are none to be plugged into. */
const MODES: readonly string[] = ["host", "none"];

/** Connects a container that is about to start with the networks of its record. */
export async function attachNetworks(
  store: ContainerStore,
  container: Container,
): Promise<Attachment> {
  const { network } = store;
  const { id, name, record } = container;
  const { config, hostConfig, networks = { bridge: {} } } = record;
  if (config.NetworkDisabled) return await network.attach(id, "none");
  const donor = networkDonor(store, container);
  if (donor) return donorAttachment(donor);
  const [first = "bridge"] = Object.keys(networks);
  if (MODES.includes(first)) return await network.attach(id, first as NetworkMode);
  const requests = Object.entries(networks).map(([each, asked]) => endpointRequest(each, asked));
  const ports = portRequests(config, hostConfig);
  return await network.attach(id, {
    ...{ name, networks: requests, ports },
    nameservers: hostConfig.Dns ?? [],
  });
}

/** Lets go of all its networks; nothing to let go of is no failure. */
export async function detachNetworks({ network }: ContainerStore, id: string): Promise<void> {
  await network.detach(id);
}

/** Whose network a container shares, if another's; fails when that one does not run. */
export function networkDonor(
  store: ContainerStore,
  { record }: Pick<Container, "record">,
): Container | undefined {
  const { NetworkMode } = record.hostConfig;
  try {
    return namespaceDonor(store, NetworkMode);
  } catch (error) {
    const what = `cannot join network of a non running container: ${NetworkMode?.slice("container:".length)}`;
    return fail("conflict", `${what}: ${messageOf(error)}`, error);
  }
}

export function endpointRequest(network: string, asked: EndpointConfig): EndpointRequest {
  const { IPAMConfig, MacAddress: mac, Aliases: aliases } = asked;
  const { IPv4Address: address, IPv6Address: address6 } = IPAMConfig ?? {};
  return {
    network,
    ...(address && { address }),
    ...(address6 && { address6 }),
    ...(mac && { mac }),
    ...(aliases && { aliases }),
  };
}

function donorAttachment({ record }: Container): Attachment {
  const isHost = record.hostConfig.NetworkMode === "host";
  return { mode: isHost ? "host" : "bridge", namespace: `/proc/${record.pid}/ns/net` };
}
