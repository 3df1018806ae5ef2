import { isIP } from "node:net";
import { fail } from "#errors";
import { formatAddress, parseAddress } from "./address.ts";
import type { Prefix } from "./netlink/route.ts";

/** Networks a bridge may take, in the order they are tried; all private (RFC 1918). */
const POOL: readonly string[] = [
  "172.30.0.0/16",
  ...Array.from({ length: 12 }, (_, index) => `172.${29 - index}.0.0/16`),
  ...Array.from({ length: 16 }, (_, index) => `192.168.${index * 16}.0/20`),
  ...Array.from({ length: 32 }, (_, index) => `10.${200 + index}.0.0/16`),
];
const MOST_CANDIDATES = 2 ** 24;

/** The network that `172.30.0.0/16` spells; fails with `invalid-argument`. */
export function parsePrefix(text: string): Prefix {
  const [address = "", bits = "", ...more] = text.split("/");
  const length = Number(bits);
  const family = isIP(address);
  if (family === 0 || !/^\d+$/.test(bits) || length > (family === 4 ? 32 : 128) || more.length > 0)
    fail("invalid-argument", `invalid subnet ${text}: want ADDRESS/BITS such as 172.28.0.0/16`);
  return networkOf({ address: parseAddress(address), bits: length });
}

export function formatPrefix({ address, bits }: Prefix): string {
  return `${formatAddress(address)}/${bits}`;
}

/** The address with its host bits cleared. */
export function networkOf({ address, bits }: Prefix): Prefix {
  return { address: address.map((byte, index) => byte & maskByte(index, bits)), bits };
}

/** The host with this number in the network: 1 is the bridge's own. */
export function hostAt(network: Prefix, number: number): Uint8Array {
  const result = Uint8Array.from(network.address);
  let carry = number;
  for (let index = result.length - 1; index >= 0 && carry > 0; index--) {
    carry += result[index]!;
    result[index] = carry & 255;
    carry = Math.floor(carry / 256);
  }
  return result;
}

/** The addresses for hosts, of the whole network or of a range in it. */
export function* hostAddresses(network: Prefix, range: Prefix = network): Generator<string> {
  const reserved = reservedAddresses(network);
  const last = Math.min(sizeOf(range) - 1, MOST_CANDIDATES);
  for (let number = 0; number <= last; number++) {
    const address = formatAddress(hostAt(range, number));
    if (!reserved.includes(address)) yield address;
  }
}

/** Those that no host can have: the network's own and, of IPv4, the broadcast address. */
export function reservedAddresses(network: Prefix): string[] {
  const own = formatAddress(network.address);
  const isIpv4 = network.address.length === 4;
  return isIpv4 ? [own, formatAddress(hostAt(network, sizeOf(network) - 1))] : [own];
}

function sizeOf({ address, bits }: Prefix): number {
  return 2 ** (8 * address.length - bits);
}

/**
 * A network of the pool that has nothing in common with those in use. Fails with
 * `resource-exhausted` when all are.
 */
export function chooseSubnet(inUse: readonly Prefix[]): Prefix {
  const free = POOL.map(parsePrefix).find((network) => !inUse.some((one) => overlap(network, one)));
  return (
    free ??
    fail(
      "resource-exhausted",
      "could not find an available, non-overlapping IPv4 address pool among the defaults to " +
        "assign to the network: give one to use yourself",
    )
  );
}

/** Whether two networks have an address in common. The default route says nothing. */
export function overlap(one: Prefix, other: Prefix): boolean {
  if (other.bits === 0 || one.address.length !== other.address.length) return false;
  const bits = Math.min(one.bits, other.bits);
  const start = ({ address }: Prefix) => formatPrefix(networkOf({ address, bits }));
  return start(one) === start(other);
}

export function contains(network: Prefix, address: Uint8Array): boolean {
  return formatPrefix(networkOf({ address, bits: network.bits })) === formatPrefix(network);
}

function maskByte(index: number, bits: number): number {
  const kept = Math.min(8, Math.max(0, bits - 8 * index));
  return (0xff << (8 - kept)) & 0xff;
}
