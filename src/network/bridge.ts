import { mkdirSync } from "node:fs";
import { isIPv4 } from "node:net";
import { dirname } from "node:path";
import { fail, messageOf } from "#errors";
import { lockFile, readNetworkSetting, writeNetworkSetting } from "#kernel";
import { parseAddress } from "./address.ts";
import { BRIDGE_OPTION, type NetworkDefinition } from "./definition.ts";
import { openForwarding } from "./forwarding.ts";
import { choiceLock, inHome } from "./home.ts";
import { openHostLinks } from "./host-netlink.ts";
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
  setBridge,
  setMtu,
} from "./netlink/route.ts";
import { Family, type Netlink, openNetlink } from "./netlink/socket.ts";
import { hostNameservers } from "./resolv-conf.ts";
import { chooseSubnet, hostAt, networkOf, parsePrefix } from "./subnet.ts";

const FORWARDING = { 4: "ipv4/ip_forward", 6: "ipv6/conf/all/forwarding" } as const;
const LARGEST_MTU = 1500;

export interface BridgeOptions {
  readonly network: NetworkDefinition;
  /** What is noted on it. */
  readonly alias: string;
  /** Its address, where that is not known from the network: containers may have it as gateway. */
  readonly address: () => Prefix | undefined;
  /** Links of containers that were plugged in, when somebody has removed it. */
  readonly plugged: () => readonly string[];
  /** The packet filter has to know of it. */
  readonly onMade: () => Promise<void>;
}

/** A bridge that is up, with its addresses, and behind it the way out. */
export interface Bridge {
  readonly index: number;
  readonly mtu: number;
  readonly network: NetworkDefinition;
  readonly subnet: Prefix;
  readonly gateway: Uint8Array;
  readonly ipv6?: { readonly subnet: Prefix; readonly gateway: Uint8Array };
}

/**
 * The bridge, made when it is missing or not whole (after a reboot, or when somebody removed it).
 * When all is well this costs a few netlink messages.
 */
export async function ensureBridge(options: BridgeOptions): Promise<Bridge> {
  const found = findBridge(options.network) ?? (await makeBridge(options));
  await openForwarding(options.network.device);
  if (options.network.ipv6) await openForwarding(options.network.device, 6);
  return found;
}

/** Whether it still exists: somebody may have removed it. */
export function isThere({ index }: Bridge): boolean {
  using netlink = openHostLinks();
  return linkAt(netlink, index) !== undefined;
}

/** Runs `work` while no store of this machine chooses addresses. */
export async function whileChoosing<T>(work: () => T | Promise<T>): Promise<T> {
  const lock = choiceLock();
  mkdirSync(dirname(lock), { recursive: true });
  await using _lock = await lockFile(lock, "exclusive");
  return await work();
}

/**
 * What is routed, where the bridges are and in the system's own network, and the name servers:
 * they may be behind the default route.
 */
export function networksInUse(version: 4 | 6 = 4): Prefix[] {
  using netlink = openHostLinks();
  using system = openNetlink(Family.route);
  const servers = version === 4 ? hostNameservers().filter((server) => isIPv4(server)) : [];
  return [
    ...routes(netlink, version),
    ...routes(system, version),
    ...servers.map((server) => ({ address: parseAddress(server), bits: 32 })),
  ];
}

/** The bridge as it is; undefined when it is missing or not whole. */
export function findBridge(network: NetworkDefinition): Bridge | undefined {
  using netlink = openHostLinks();
  const link = findLink(netlink, network.device);
  return link?.up ? addressedBridge(netlink, link, network) : undefined;
}

function addressedBridge(
  netlink: Netlink,
  link: Link,
  network: NetworkDefinition,
): Bridge | undefined {
  const [own] = addressesOf(netlink, link.index);
  if (own === undefined) return undefined;
  const { index, mtu } = link;
  const place = { index, mtu, network, subnet: networkOf(own), gateway: own.address };
  const pool = pool6(network);
  return pool === undefined ? place : { ...place, ipv6: pool };
}

function makeBridge(options: BridgeOptions): Promise<Bridge> {
  const { network } = options;
  return whileChoosing(async () => {
    await removeIdleBridges();
    const bridge = findBridge(network) ?? makeDevice(options);
    inHome(() => enableForwarding(network.ipv6 ? [4, 6] : [4]));
    await options.onMade();
    return bridge;
  });
}

/** The address comes last: whoever finds a bridge without one makes it anew. */
function makeDevice({ network, alias, address, plugged }: BridgeOptions): Bridge {
  const { device } = network;
  const own = pool4(network) ?? address() ?? freePrefix();
  using netlink = openHostLinks();
  const wanted = network.builtin ? 0 : Number(network.options[BRIDGE_OPTION.mtu]);
  const mtu = wanted || mtuOfWayOut(netlink);
  netlink.execute([addBridge(device, fixedMac(device), alias), setMtu(device, mtu)]);
  const link = findLink(netlink, device);
  if (link === undefined) return fail("conflict", `bridge ${device} vanished while it was made`);
  const ipv6 = pool6(network);
  const addresses = [...(ipv6 ? [{ ...ipv6.subnet, address: ipv6.gateway }] : []), own];
  if (ipv6) inHome(() => writeNetworkSetting(`ipv6/conf/${device}/disable_ipv6`, "0"));
  netlink.execute(addresses.map((one) => addAddress(link.index, one)));
  const plugs = plugged();
  netlink.execute(plugs.map((name) => setBridge(name, link.index)));
  if (plugs.length > 0) openLoopback(device);
  return addressedBridge(netlink, link, network) ?? fail("internal", `${device} has no address`);
}

/**
 * Packets from the host's loopback may go to the bridge. That it is not open the other way round is
 * the firewall's part.
 */
export function openLoopback(device: string): void {
  const setting = `ipv4/conf/${device}/route_localnet`;
  inHome(() => {
    if (readNetworkSetting(setting) === "0") writeNetworkSetting(setting, "1");
  });
}

function freePrefix(): Prefix {
  const subnet = chooseSubnet(networksInUse());
  return { address: hostAt(subnet, 1), bits: subnet.bits };
}

/** The gateway and the length of its network. */
function pool4({ pools }: NetworkDefinition): Prefix | undefined {
  const pool = pools.find(({ subnet }) => !subnet.includes(":"));
  return pool && { address: parseAddress(pool.gateway), bits: parsePrefix(pool.subnet).bits };
}

function pool6({ pools }: NetworkDefinition): Bridge["ipv6"] {
  const pool = pools.find(({ subnet }) => subnet.includes(":"));
  return pool && { subnet: parsePrefix(pool.subnet), gateway: parseAddress(pool.gateway) };
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

function enableForwarding(versions: readonly (4 | 6)[]): void {
  for (const version of versions) {
    if (readNetworkSetting(FORWARDING[version]) === "1") continue;
    try {
      writeNetworkSetting(FORWARDING[version], "1");
    } catch (error) {
      fail("failed-precondition", `cannot turn on IP forwarding: ${messageOf(error)}`, error);
    }
  }
}
