import { isIP } from "node:net";
import { fail } from "#errors";
import { formatAddress, parseAddress } from "./address.ts";
import { type AddressPool, BRIDGE_OPTION, type NetworkDefinition, poolOf } from "./definition.ts";
import type { Prefix } from "./netlink/route.ts";
import type { CreateNetworkOptions, IpamConfig } from "./network-service.ts";
import { chooseSubnet, contains, formatPrefix, overlap, parsePrefix } from "./subnet.ts";

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const RESERVED: readonly string[] = ["bridge", "host", "none", "default", "container"];
/** IFNAMSIZ without its closing zero. */
const LONGEST_DEVICE = 15;
const SHORT_ID = 12;

/** What nobody else may have: networks of the store, and what the host has routes to. */
export interface AddressesInUse {
  readonly networks: readonly Prefix[];
  readonly routes: readonly Prefix[];
}

/**
 * The network that is asked for, with free addresses where none are named. Fails with
 * `invalid-argument` or `conflict`, in Docker's words.
 */
export function defineNetwork(
  options: CreateNetworkOptions,
  inUse: AddressesInUse,
): NetworkDefinition {
  const { Name: name, Driver, Internal, Attachable, EnableIPv6, IPAM, Options, Labels } = options;
  checkName(name);
  checkDriver(Driver, IPAM?.Driver);
  const id = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");
  const asked = IPAM?.Config ?? [];
  const wanted = asked.filter((config) => Object.keys(config).length > 0);
  const ipv6 = EnableIPv6 ?? false;
  return {
    ...{ id, name, driver: "bridge", builtin: false, created: Date.now(), addressKey: id },
    ...{ internal: Internal ?? false, attachable: Attachable ?? false, ipv6 },
    device: deviceOf(Options?.[BRIDGE_OPTION.name], id),
    pools: choosePools(wanted, ipv6, id, inUse),
    options: Options ?? {},
    labels: Labels ?? {},
    chosenByUser: wanted.some(({ Subnet }) => Subnet),
  };
}

function checkName(name: string): void {
  if (RESERVED.includes(name))
    fail("permission-denied", `operation is not permitted on predefined ${name} network`);
  if (!NAME.test(name))
    fail(
      "invalid-argument",
      `invalid network name ${JSON.stringify(name)}: only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    );
}

function checkDriver(driver = "bridge", ipam = "default"): void {
  if (driver === "host" || driver === "null")
    fail("permission-denied", `only one instance of "${driver}" network is allowed`);
  if (driver !== "bridge" && driver !== "")
    fail("not-found", `plugin ${JSON.stringify(driver)} not found: networks here are bridges`);
  if (ipam !== "default" && ipam !== "")
    fail("invalid-argument", `invalid ipam driver: ${ipam}: there is "default" only`);
}

function deviceOf(asked: string | undefined, id: string): string {
  const device = asked || `br-${id.slice(0, SHORT_ID)}`;
  if (device.length <= LONGEST_DEVICE && /^[\w.-]+$/.test(device) && !/^\.+$/.test(device))
    return device;
  return fail("invalid-argument", `invalid name of a bridge: ${device}: at most 15 letters`);
}

/** One of IPv4, and one of IPv6 where that is wanted. */
function choosePools(
  asked: readonly IpamConfig[],
  ipv6: boolean,
  id: string,
  inUse: AddressesInUse,
): AddressPool[] {
  const isIpv6 = ({ Subnet, Gateway }: IpamConfig) => (Subnet ?? Gateway ?? "").includes(":");
  const [first4, second4] = asked.filter((config) => !isIpv6(config));
  const [first6, second6] = asked.filter(isIpv6);
  if (second4 ?? second6)
    fail("invalid-argument", "bridge driver doesn't support multiple subnets");
  if (asked.some(({ Subnet, Gateway, IPRange }) => !Subnet && (Gateway || IPRange)))
    fail("invalid-argument", "no matching subnet for gateway or range: give --subnet too");
  const taken = [...inUse.networks, ...inUse.routes];
  const pool4 = first4?.Subnet
    ? userPool(first4, inUse)
    : poolOf(formatPrefix(chooseSubnet(taken)));
  if (!ipv6) return [pool4];
  return [pool4, first6?.Subnet ? userPool(first6, inUse) : poolOf(uniqueLocal(id))];
}

/** An own /64 (RFC 4193): the network's ID is random enough. */
function uniqueLocal(id: string): string {
  const groups = [`fd${id.slice(0, 2)}`, id.slice(2, 6), id.slice(6, 10), id.slice(10, 14)];
  return formatPrefix(parsePrefix(`${groups.join(":")}::/64`));
}

function userPool(
  { Subnet = "", Gateway, IPRange, AuxiliaryAddresses = {} }: IpamConfig,
  inUse: AddressesInUse,
): AddressPool {
  const subnet = checkSubnet(Subnet);
  const all = [...inUse.networks, ...inUse.routes];
  if (all.some((other) => overlap(subnet, other)))
    fail("conflict", "Pool overlaps with other one on this address space");
  for (const [what, address] of [["gateway", Gateway], ...Object.entries(AuxiliaryAddresses)])
    if (address) checkInside(what!, address, subnet);
  const usual = poolOf(formatPrefix(subnet));
  return {
    subnet: usual.subnet,
    gateway: Gateway ? formatAddress(parseAddress(Gateway)) : usual.gateway,
    ...(IPRange && { range: checkRange(IPRange, subnet) }),
    ...(Object.keys(AuxiliaryAddresses).length > 0 && { auxiliary: AuxiliaryAddresses }),
  };
}

function checkSubnet(text: string): Prefix {
  const subnet = parsePrefix(text);
  const room = 8 * subnet.address.length - subnet.bits;
  if (room >= 2) return subnet;
  return fail("invalid-argument", `invalid subnet ${text}: it has no room for containers`);
}

function checkInside(what: string, address: string, subnet: Prefix): void {
  if (isIP(address) === 0) fail("invalid-argument", `invalid ${what} address: ${address}`);
  if (!contains(subnet, parseAddress(address)))
    fail("invalid-argument", `no matching subnet for ${what} ${address}`);
}

function checkRange(text: string, subnet: Prefix): string {
  const range = parsePrefix(text);
  if (range.bits < subnet.bits || !contains(subnet, range.address))
    fail("invalid-argument", `no matching subnet for range ${text}`);
  return formatPrefix(range);
}
