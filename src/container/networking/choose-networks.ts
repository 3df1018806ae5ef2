import { isIP } from "node:net";
import { fail } from "#errors";
import { checkExtraHost, type NetworkIdentity } from "#network";
import type { ContainerConfig } from "../container-config.ts";
import type { ContainerStore } from "../container-store.ts";
import { findContainer } from "../find.ts";
import type { EndpointConfig, HostConfig, NetworkingConfig } from "../host-config.ts";
import { portRequests } from "./port-requests.ts";

const UNDEFINED = "This would result in undefined behavior";
const OF_CONTAINER = /^container:(.+)$/s;
/** A search domain, or a dot alone for none. */
const DOMAIN = /^(\.|[\w-]+(\.[\w-]+)*\.?)$/;

/** Checks what is asked of the network against its mode; fails in Docker's words. Gives warnings. */
export function checkNetworkMode(asked: ContainerConfig, hostConfig: HostConfig): string[] {
  const { NetworkMode = "", ExtraHosts, Dns, DnsSearch, Links } = hostConfig;
  for (const entry of ExtraHosts ?? []) checkExtraHost(entry);
  for (const server of Dns ?? [])
    if (isIP(server) === 0) refuse(`IP address is not correctly formatted: ${server}`);
  for (const domain of DnsSearch ?? [])
    if (!DOMAIN.test(domain)) refuse(`${domain} is not a valid domain`);
  if (NetworkMode === "host" && Links?.length)
    refuse(`host type networking can't be used with links. ${UNDEFINED}`);
  if (OF_CONTAINER.test(NetworkMode)) checkSharing(asked, hostConfig);
  const isDiscarded = NetworkMode === "host" && publishes(hostConfig);
  return isDiscarded ? ["Published ports are discarded when using host network mode"] : [];
}

/** What belongs to the network belongs to the container whose it is. */
function checkSharing(asked: ContainerConfig, hostConfig: HostConfig): void {
  const { ExtraHosts, Dns, Links } = hostConfig;
  const mode = "the container type network mode";
  const conflicts: [unknown, string][] = [
    [asked.Hostname, "hostname and the network mode"],
    [Links?.length, `container type network can't be used with links. ${UNDEFINED}`],
    [Dns?.length, "dns and the network mode"],
    [ExtraHosts?.length, "custom host-to-IP mapping and the network mode"],
    [asked.MacAddress, "mac-address and the network mode"],
    [publishes(hostConfig), `port publishing and ${mode}`],
    [Object.keys(asked.ExposedPorts ?? {}).length, `port exposing and ${mode}`],
  ];
  for (const [is, what] of conflicts) if (is) refuse(`conflicting options: ${what}`);
}

function publishes({ PortBindings, PublishAllPorts }: HostConfig): boolean {
  return Object.keys(PortBindings ?? {}).length > 0 || (PublishAllPorts ?? false);
}

/** The hostname of the container whose network is shared; undefined when it has its own. */
export function sharedHostname(
  { state }: Pick<ContainerStore, "state">,
  { NetworkMode = "" }: HostConfig,
): string | undefined {
  const donor = OF_CONTAINER.exec(NetworkMode)?.[1];
  return donor && findContainer(state.containers, donor).record.config.Hostname;
}

/**
 * The networks a new container is to be in, checked, with what is asked of each; the one that its
 * mode names comes first. None of them for one that shares another container's.
 */
export function chooseNetworks(
  store: ContainerStore,
  config: ContainerConfig,
  hostConfig: HostConfig,
  { EndpointsConfig }: NetworkingConfig,
): Record<string, EndpointConfig> {
  const { NetworkMode: mode = "bridge", Links } = hostConfig;
  portRequests(config, hostConfig);
  for (const link of Links ?? []) findContainer(store.state.containers, link.split(":")[0]!);
  if (OF_CONTAINER.test(mode)) return {};
  const asked = Object.entries(EndpointsConfig ?? {}).map(
    ([name, endpoint]) => [identify(store, name), endpoint ?? {}] as const,
  );
  const first = identify(store, mode);
  const own = asked.find(([{ name }]) => name === first.name)?.[1] ?? {};
  const MacAddress = own.MacAddress || config.MacAddress;
  const places = [
    [first, MacAddress ? { ...own, MacAddress } : own] as const,
    ...asked.filter(([{ name }]) => name !== first.name),
  ];
  if (places.length > 1) for (const [network] of places) checkShared(network);
  for (const [network, endpoint] of places) checkEndpoint(network, endpoint);
  return Object.fromEntries(places.map(([{ name }, endpoint]) => [name, endpoint]));
}

/** Whether a container may have this of a network; fails in Docker's words. */
export function checkEndpoint(
  { name, builtin, chosenByUser }: NetworkIdentity,
  { IPAMConfig, Aliases }: EndpointConfig,
): void {
  const { IPv4Address, IPv6Address } = IPAMConfig ?? {};
  if (builtin && (IPv4Address || IPv6Address))
    refuse("user specified IP address is supported on user defined networks only");
  if (builtin && Aliases?.length)
    refuse("network-scoped alias is supported only for containers in user defined networks");
  for (const address of [IPv4Address, IPv6Address])
    if (address && isIP(address) === 0) refuse(`invalid IP address ${address} for ${name}`);
  if (IPv4Address && !chosenByUser)
    refuse(
      "user specified IP address is supported only when connecting to networks with user configured subnets",
    );
}

/** The network of the host, or none at all, cannot be one of several. */
export function checkShared({ driver }: NetworkIdentity): void {
  if (driver === "host")
    refuse("container cannot be disconnected from host network or connected to host network");
  if (driver === "null")
    refuse(
      "container cannot be connected to multiple networks with one of the networks in private (none) mode",
    );
}

function identify({ network }: ContainerStore, name: string): NetworkIdentity {
  return network.find(name === "default" || name === "" ? "bridge" : name);
}

function refuse(message: string): never {
  return fail("invalid-argument", message);
}
