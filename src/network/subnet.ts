import { isIPv4 } from "node:net";
import { fail } from "#errors";
import type { Prefix } from "./netlink/route.ts";

/** Networks a bridge may take, in the order they are tried; all private (RFC 1918). */
const POOL: readonly string[] = [
  "172.30.0.0/16",
  ...Array.from({ length: 12 }, (_, index) => `172.${29 - index}.0.0/16`),
  ...Array.from({ length: 16 }, (_, index) => `192.168.${index * 16}.0/20`),
  ...Array.from({ length: 32 }, (_, index) => `10.${200 + index}.0.0/16`),
];

/** The four bytes of `172.30.0.1`; fails with `invalid-argument`. */
export function parseAddress(text: string): Uint8Array {
  if (!isIPv4(text)) fail("invalid-argument", `invalid IPv4 address: ${JSON.stringify(text)}`);
  return Uint8Array.from(text.split("."), Number);
}

export function formatAddress(address: Uint8Array): string {
  return address.join(".");
}

/** The network that `172.30.0.0/16` spells; fails with `invalid-argument`. */
export function parsePrefix(text: string): Prefix {
  const [address = "", bits = ""] = text.split("/");
  const length = Number(bits);
  if (!/^\d+$/.test(bits) || length > 30 || length < 8)
    fail("invalid-argument", `invalid subnet: ${JSON.stringify(text)}: want ADDRESS/8 to /30`);
  return networkOf({ address: parseAddress(address), bits: length });
}

export function formatPrefix({ address, bits }: Prefix): string {
  return `${formatAddress(address)}/${bits}`;
}

/** The address with its host bits cleared. */
export function networkOf({ address, bits }: Prefix): Prefix {
  return { address: toBytes(maskTo(toNumber(address), bits)), bits };
}

/** The host with this number in the network: 1 is the bridge's own. */
export function hostAt(network: Prefix, number: number): Uint8Array {
  return toBytes(toNumber(network.address) + number);
}

/** The addresses for containers: all but the network, the bridge and the broadcast address. */
export function* hostAddresses(network: Prefix): Generator<string> {
  const last = 2 ** (32 - network.bits) - 2;
  for (let number = 2; number <= last; number++) yield formatAddress(hostAt(network, number));
}

/**
 * A network of the pool that has nothing in common with those in use. Fails with
 * `resource-exhausted` when all are.
 */
export function chooseSubnet(inUse: readonly Prefix[]): Prefix {
  const free = POOL.map(parsePrefix).find((network) => !inUse.some((one) => overlap(network, one)));
  return (
    free ??
    fail("resource-exhausted", "no private subnet is free for the bridge: give one to use yourself")
  );
}

/** Docker's rule: the address decides, so that a reused address is never a stale neighbour. */
export function macOf(address: Uint8Array): Uint8Array {
  return Uint8Array.of(0x02, 0x42, ...address);
}

export function formatMac(mac: Uint8Array): string {
  return Array.from(mac, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** The default route overlaps everything, and so says nothing. */
function overlap(one: Prefix, other: Prefix): boolean {
  if (other.bits === 0) return false;
  const bits = Math.min(one.bits, other.bits);
  return maskTo(toNumber(one.address), bits) === maskTo(toNumber(other.address), bits);
}

function maskTo(value: number, bits: number): number {
  const hosts = 2 ** (32 - bits);
  return Math.floor(value / hosts) * hosts;
}

function toNumber(address: Uint8Array): number {
  return address.reduce((value, byte) => value * 256 + byte, 0);
}

function toBytes(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}
