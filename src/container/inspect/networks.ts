import type { Endpoint } from "#network";
import type { EndpointDocument } from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";
import type { EndpointConfig } from "../host-config.ts";
import { publishedPorts } from "../ports.ts";
import type { Container } from "../record.ts";

const DEFAULT_NETWORK = "bridge";

/** Docker's NetworkSettings: what it has on its default network is shown at the top as well. */
export function describeNetworkSettings(store: ContainerStore, container: Container): object {
  const { id, record } = container;
  const { pid, endpoints = {} } = record;
  return {
    Bridge: "",
    SandboxID: pid === undefined ? "" : id,
    HairpinMode: false,
    LinkLocalIPv6Address: "",
    LinkLocalIPv6PrefixLen: 0,
    Ports: publishedPorts(record),
    SandboxKey: pid === undefined ? "" : `/proc/${pid}/ns/net`,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    ...placeIn(id, DEFAULT_NETWORK, endpoints[DEFAULT_NETWORK]),
    Networks: describeNetworks(container, networkIds(store)),
  };
}

/** IDs of networks by their names. */
export function networkIds({ state }: Pick<ContainerStore, "state">): ReadonlyMap<string, string> {
  return new Map(state.networks.list().map(({ name, id }) => [name, id]));
}

/** Docker's EndpointSettings by the network's name. */
export function describeNetworks(
  { id, record }: Container,
  ids: ReadonlyMap<string, string>,
): Record<string, EndpointDocument> {
  const { networks = {}, endpoints = {} } = record;
  const names = [...new Set([...Object.keys(networks), ...Object.keys(endpoints)])];
  const describe = (name: string) => {
    const endpoint = endpoints[name];
    const network = endpoint?.network ?? ids.get(name) ?? "";
    return describeEndpoint(id, { name, network, endpoint, asked: networks[name] ?? {} });
  };
  return Object.fromEntries(names.map((name) => [name, describe(name)]));
}

interface Place {
  readonly name: string;
  readonly network: string;
  readonly endpoint: Endpoint | undefined;
  readonly asked: EndpointConfig;
}

function describeEndpoint(id: string, { name, network, endpoint, asked }: Place): EndpointDocument {
  const place = placeIn(id, name, endpoint);
  return {
    IPAMConfig: asked.IPAMConfig ?? null,
    Links: asked.Links ?? null,
    Aliases: endpoint?.aliases ?? asked.Aliases ?? null,
    NetworkID: network,
    EndpointID: place.EndpointID,
    Gateway: place.Gateway,
    IPAddress: place.IPAddress,
    IPPrefixLen: place.IPPrefixLen,
    IPv6Gateway: place.IPv6Gateway,
    GlobalIPv6Address: place.GlobalIPv6Address,
    GlobalIPv6PrefixLen: place.GlobalIPv6PrefixLen,
    MacAddress: place.MacAddress,
    DriverOpts: asked.DriverOpts ?? null,
  };
}

/** Addresses of one place in a network; all of it empty without one. */
function placeIn(id: string, network: string, endpoint: Endpoint | undefined) {
  return {
    EndpointID: endpoint ? endpointId(id, network) : "",
    Gateway: endpoint?.gateway ?? "",
    GlobalIPv6Address: endpoint?.address6 ?? "",
    GlobalIPv6PrefixLen: endpoint?.prefixLength6 ?? 0,
    IPAddress: endpoint?.address ?? "",
    IPPrefixLen: endpoint?.prefixLength ?? 0,
    IPv6Gateway: endpoint?.gateway6 ?? "",
    MacAddress: endpoint?.mac ?? "",
  };
}

/** Nobody needs it but those who ask for Docker's: one that stays the same for the same place. */
function endpointId(container: string, network: string): string {
  return new Bun.CryptoHasher("sha256").update(`${container} ${network}`).digest("hex");
}
