import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import { dirname } from "node:path";
import { fail, messageOf } from "#errors";
import { lockFile } from "#kernel";
import { hasFirewall, openForwarding, writeFirewall } from "./firewall.ts";
import { removeIdleBridges } from "./idle-bridges.ts";
import {
  addAddress,
  addBridge,
  addressesOf,
  findLink,
  type Link,
  linkAt,
  type Prefix,
  routes,
  setMtu,
} from "./netlink/route.ts";
import { Family, type Netlink, openNetlink } from "./netlink/socket.ts";
import { hostNameservers } from "./resolv-conf.ts";
import { chooseSubnet, formatPrefix, hostAt, networkOf, parseAddress } from "./subnet.ts";

const FORWARDING = "/proc/sys/net/ipv4/ip_forward";
/** Every store of the machine takes this lock to choose a subnet. */
const CHOICE_LOCK = "/run/shale/network.lock";
const LARGEST_MTU = 1500;

export interface BridgeOptions {
  readonly device: string;
  /** The nftables table of our own. */
  readonly table: string;
  /** The network to use; one that is free is chosen when absent. */
  readonly subnet: Prefix | undefined;
}

/** A bridge that is up, with its address, and behind it the way out. */
export interface Bridge {
  readonly index: number;
  readonly mtu: number;
  readonly subnet: Prefix;
  readonly gateway: Uint8Array;
}

/**
 * The bridge, made when it is missing or not whole (after a reboot, or when somebody flushed the
 * packet filter). When all is well this costs a few netlink messages.
 */
export async function ensureBridge(options: BridgeOptions): Promise<Bridge> {
  const found = findBridge(options.device) ?? (await makeBridge(options));
  if (!hasFirewall(options.table)) await writeFirewall(firewallOf(options, found));
  await openForwarding(options.device);
  return found;
}

/** Whether it still exists: somebody may have removed it. */
export function isThere({ index }: Bridge): boolean {
  using netlink = openNetlink(Family.route);
  return linkAt(netlink, index) !== undefined;
}

function findBridge(device: string): Bridge | undefined {
  using netlink = openNetlink(Family.route);
  const link = findLink(netlink, device);
  return link?.up ? addressedBridge(netlink, link) : undefined;
}

function addressedBridge(netlink: Netlink, link: Link): Bridge | undefined {
  const [own] = addressesOf(netlink, link.index);
  if (own === undefined) return undefined;
  return { index: link.index, mtu: link.mtu, subnet: networkOf(own), gateway: own.address };
}

/** The firewall comes after the address: whoever finds a bridge without one makes it. */
async function makeBridge(options: BridgeOptions): Promise<Bridge> {
  mkdirSync(dirname(CHOICE_LOCK), { recursive: true });
  await using _lock = await lockFile(CHOICE_LOCK, "exclusive");
  await removeIdleBridges();
  const bridge = findBridge(options.device) ?? makeDevice(options);
  enableForwarding();
  await writeFirewall(firewallOf(options, bridge));
  return bridge;
}

function makeDevice({ device, subnet: wanted }: BridgeOptions): Bridge {
  using netlink = openNetlink(Family.route);
  const subnet = wanted ?? chooseSubnet(networksInUse(netlink));
  netlink.execute([addBridge(device, fixedMac(device)), setMtu(device, mtuOfWayOut(netlink))]);
  const link = findLink(netlink, device);
  if (link === undefined) return fail("conflict", `bridge ${device} vanished while it was made`);
  netlink.execute([addAddress(link.index, { address: hostAt(subnet, 1), bits: subnet.bits })]);
  return { index: link.index, mtu: link.mtu, subnet, gateway: hostAt(subnet, 1) };
}

/** What is routed, and the name servers: they may be behind the default route. */
function networksInUse(netlink: Netlink): Prefix[] {
  const servers = hostNameservers().filter((server) => isIPv4(server));
  return [
    ...routes(netlink),
    ...servers.map((server) => ({ address: parseAddress(server), bits: 32 })),
  ];
}

/** Packets larger than the way out takes would depend on working path MTU discovery. */
function mtuOfWayOut(netlink: Netlink): number {
  const way = routes(netlink).find(({ bits, link }) => bits === 0 && link !== undefined);
  const mtu = way?.link === undefined ? undefined : linkAt(netlink, way.link)?.mtu;
  return Math.min(mtu ?? LARGEST_MTU, LARGEST_MTU);
}

/** Without one of its own a bridge's MAC follows its ports', and neighbours lose the gateway. */
function fixedMac(device: string): Uint8Array {
  const hash = new Bun.CryptoHasher("sha256").update(device).digest();
  return Uint8Array.of(0x02, 0x42, ...hash.subarray(0, 4));
}

function enableForwarding(): void {
  if (readFileSync(FORWARDING, "utf8").trim() === "1") return;
  try {
    writeFileSync(FORWARDING, "1");
  } catch (error) {
    fail("failed-precondition", `cannot turn on IP forwarding: ${messageOf(error)}`, error);
  }
}

function firewallOf({ table, device }: BridgeOptions, { subnet }: Bridge) {
  return { table, bridge: device, subnet: formatPrefix(subnet) };
}
