import { closeSync, openSync } from "node:fs";
import { fail } from "#errors";
import { inNetworkNamespace, readNetworkSetting, writeNetworkSetting } from "#kernel";
import { formatAddress, formatMac } from "./address.ts";
import type { Bridge } from "./bridge.ts";
import { openHostLinks } from "./host-netlink.ts";
import {
  addAddress,
  addVeth,
  deleteLink,
  findLink,
  type PortFlags,
  setPortFlags,
  setUp,
} from "./netlink/route.ts";
import { Family, type Netlink, openNetlink } from "./netlink/socket.ts";
import type { Endpoint } from "./network.ts";

/** One end of it is on a bridge, the other is a container's interface. */
export interface Cable {
  /** The host's end. */
  readonly link: string;
  /** The name of the other one. */
  readonly device: string;
  readonly bridge: Bridge;
  readonly address: Uint8Array;
  readonly address6: Uint8Array | undefined;
  readonly mac: Uint8Array;
}

const IPV6_OFF = "ipv6/conf/default/disable_ipv6";

/** Puts the other end into the namespace that is bound to `path`. */
export function plugIn({ link, device, bridge, mac }: Cable, path: string): void {
  const namespace = openSync(path, "r");
  try {
    using netlink = openHostLinks();
    const peer = { name: device, mac, namespace };
    const pair = { name: link, bridge: bridge.index, mtu: bridge.mtu, peer };
    netlink.execute([deleteLink(link), addVeth(pair)]);
  } finally {
    closeSync(namespace);
  }
}

/** The container's end goes with it. */
export function unplug(link: string): void {
  using netlink = openHostLinks();
  netlink.execute([deleteLink(link)]);
}

export function setCableFlags(link: string, flags: PortFlags): void {
  using netlink = openHostLinks();
  const found = findLink(netlink, link);
  if (found !== undefined) netlink.execute([setPortFlags(found.index, flags)]);
}

/** The socket keeps belonging to the namespace it is opened in, a new one. */
export function openInside(): Netlink {
  if (readNetworkSetting(IPV6_OFF) !== undefined) writeNetworkSetting(IPV6_OFF, "1");
  return openNetlink(Family.route);
}

/** Gives the interface its addresses; `path` is what the namespace is bound to. */
export function configure(inside: Netlink, cable: Cable, path: string): void {
  const { device, bridge, address, address6 } = cable;
  const link = findLink(inside, device);
  if (link === undefined) fail("internal", `${device} did not arrive in its namespace`);
  if (address6)
    inNetworkNamespace(path, () => writeNetworkSetting(`ipv6/conf/${device}/disable_ipv6`, "0"));
  const ipv6 = bridge.ipv6 && address6 && { address: address6, bits: bridge.ipv6.subnet.bits };
  inside.execute([
    setUp(findLink(inside, "lo")?.index ?? 1, "lo"),
    addAddress(link.index, { address, bits: bridge.subnet.bits }),
    ...(ipv6 ? [addAddress(link.index, ipv6)] : []),
    setUp(link.index, device),
  ]);
}

/** What the container has by it. */
export function describeCable({ bridge, address, address6, mac, device }: Cable): Endpoint {
  const { network, subnet, gateway, ipv6 } = bridge;
  const way = (bytes: Uint8Array) => (network.internal ? "" : formatAddress(bytes));
  return {
    network: network.id,
    address: formatAddress(address),
    prefixLength: subnet.bits,
    gateway: way(gateway),
    mac: formatMac(mac),
    device,
    ...(ipv6 &&
      address6 && {
        address6: formatAddress(address6),
        prefixLength6: ipv6.subnet.bits,
        gateway6: way(ipv6.gateway),
      }),
    ...(!network.builtin && { nameserver: formatAddress(gateway) }),
  };
}
