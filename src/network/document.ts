import { formatAddress } from "./address.ts";
import type { StoredAttachment } from "./attachments.ts";
import { findBridge } from "./bridge.ts";
import type { AddressPool, NetworkDefinition } from "./definition.ts";
import type { NetworkDocument } from "./network-service.ts";
import { formatPrefix } from "./subnet.ts";

/** What Docker's `GET /networks/{id}` answers, in its order. */
export function describeNetwork(
  network: NetworkDefinition,
  attachments: readonly StoredAttachment[],
): NetworkDocument {
  const { id, name, driver, ipv6, internal, attachable, options, labels, created } = network;
  return {
    Name: name,
    Id: id,
    Created: new Date(created).toISOString(),
    Scope: "local",
    Driver: driver,
    EnableIPv6: ipv6,
    IPAM: {
      Driver: "default",
      Options: network.builtin ? null : {},
      Config: poolsOf(network).map(describePool),
    },
    Internal: internal,
    Attachable: attachable,
    Ingress: false,
    ConfigFrom: { Network: "" },
    ConfigOnly: false,
    Containers: Object.fromEntries(attachments.flatMap((one) => describeContainer(one, network))),
    Options: options,
    Labels: labels,
  };
}

/** Those of the default network are known once its bridge is there. */
function poolsOf(network: NetworkDefinition): readonly AddressPool[] {
  if (network.pools.length > 0 || network.driver !== "bridge") return network.pools;
  const bridge = findBridge(network);
  if (bridge === undefined) return [];
  return [{ subnet: formatPrefix(bridge.subnet), gateway: formatAddress(bridge.gateway) }];
}

function describePool({ subnet, gateway, range, auxiliary }: AddressPool): object {
  return {
    Subnet: subnet,
    ...(range && { IPRange: range }),
    Gateway: gateway,
    ...(auxiliary && { AuxiliaryAddresses: auxiliary }),
  };
}

function describeContainer(
  { owner, name, endpoints }: StoredAttachment,
  { id }: NetworkDefinition,
): [owner: string, endpoint: object][] {
  const found = Object.values(endpoints).filter(({ network }) => network === id);
  return found.map((endpoint) => [
    owner,
    {
      Name: name,
      EndpointID: endpoint.id ?? "",
      MacAddress: endpoint.mac,
      IPv4Address: `${endpoint.address}/${endpoint.prefixLength}`,
      IPv6Address: endpoint.address6 ? `${endpoint.address6}/${endpoint.prefixLength6}` : "",
    },
  ]);
}
