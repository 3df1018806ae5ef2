import { fail, kindOf } from "#errors";
import type { AddressTable } from "#state";
import { formatAddress, parseAddress } from "./address.ts";
import type { Bridge } from "./bridge.ts";
import type { AddressPool, NetworkDefinition } from "./definition.ts";
import type { Prefix } from "./netlink/route.ts";
import type { EndpointRequest } from "./network.ts";
import { contains, hostAddresses, parsePrefix, reservedAddresses } from "./subnet.ts";

/** What an owner has got. */
export interface Leased {
  readonly address: Uint8Array;
  readonly address6: Uint8Array | undefined;
}

/**
 * Addresses of a network for an owner: those asked for, else the first that are free. Fails with
 * `conflict` for one that somebody has and `invalid-argument` for one that does not belong there.
 */
export function leaseAddresses(
  addresses: AddressTable,
  bridge: Bridge,
  request: EndpointRequest,
  owner: string,
): Leased {
  const { network, subnet, gateway, ipv6 } = bridge;
  const lease = (place: { subnet: Prefix; gateway: Uint8Array }, wanted: string | undefined) =>
    parseAddress(takeOne(addresses, network, place, wanted, owner));
  if (request.address6 && !ipv6) failOutside(request.address6);
  return {
    address: lease({ subnet, gateway }, request.address),
    address6: ipv6 && lease(ipv6, request.address6),
  };
}

function takeOne(
  addresses: AddressTable,
  network: NetworkDefinition,
  { subnet, gateway }: { subnet: Prefix; gateway: Uint8Array },
  wanted: string | undefined,
  owner: string,
): string {
  const candidates =
    wanted === undefined
      ? freeAddresses(network, subnet, gateway)
      : chosenAddress(wanted, subnet, gateway);
  try {
    return addresses.take(network.addressKey, candidates, owner);
  } catch (error) {
    if (kindOf(error) !== "resource-exhausted") throw error;
    return failTaken(network, wanted);
  }
}

/** None when nobody can have it. */
function chosenAddress(wanted: string, subnet: Prefix, gateway: Uint8Array): string[] {
  const bytes = parseAddress(wanted);
  if (!contains(subnet, bytes)) failOutside(wanted);
  const address = formatAddress(bytes);
  const reserved = [formatAddress(gateway), ...reservedAddresses(subnet)];
  return reserved.includes(address) ? [] : [address];
}

function failTaken({ name, id }: NetworkDefinition, wanted: string | undefined): never {
  if (wanted) fail("conflict", `Address already in use: ${wanted} of network ${name}`);
  const what = "no available IPv4 addresses on this network's address pools";
  return fail("resource-exhausted", `${what}: ${name} (${id})`);
}

function failOutside(address: string): never {
  return fail(
    "invalid-argument",
    `invalid address ${address}: It does not belong to any of this network's subnets`,
  );
}

/** Those for containers, where the user has not kept them for something else. */
function* freeAddresses(network: NetworkDefinition, subnet: Prefix, gateway: Uint8Array) {
  const pool = poolOf(network, subnet);
  const kept = new Set([formatAddress(gateway), ...Object.values(pool?.auxiliary ?? {})]);
  for (const address of hostAddresses(subnet, pool?.range ? parsePrefix(pool.range) : subnet))
    if (!kept.has(address)) yield address;
}

function poolOf({ pools }: NetworkDefinition, { address }: Prefix): AddressPool | undefined {
  return pools.find(({ subnet }) => contains(parsePrefix(subnet), address));
}
