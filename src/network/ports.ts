import { closeSync, readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { fail, kindOf, messageOf } from "#errors";
import { bindPort, readNetworkSetting } from "#kernel";
import { parseAddress } from "./address.ts";
import type { ForwardedPort } from "./attachments.ts";
import { isBehindSlirp } from "./home.ts";
import type { PortRequest } from "./network.ts";

const DYNAMIC_RANGE = "/proc/sys/net/ipv4/ip_local_port_range";
const ANY = { 4: "0.0.0.0", 6: "::" } as const;

/** Where packets for the published ports go. */
export interface PortTarget {
  readonly address: string;
  readonly address6: string | undefined;
  /** Of the host, where a request names none. */
  readonly hostIp: string;
}

/** Ports that a container has got, and the descriptors that hold them. */
export interface HeldPorts {
  readonly ports: readonly ForwardedPort[];
  readonly held: readonly number[];
}

/**
 * Takes a port of the host for each request, by a socket, so that one that anybody else has is
 * found out. Fails with `conflict` in Docker's words; nothing is held then.
 */
export function holdPorts(
  requests: readonly PortRequest[],
  target: PortTarget,
  taken: () => readonly ForwardedPort[],
): HeldPorts {
  const ports: ForwardedPort[] = [];
  const held: number[] = [];
  try {
    for (const request of requests) {
      const got = holdPort(request, target, taken);
      ports.push(...got.ports);
      held.push(...got.held);
    }
    return { ports, held };
  } catch (error) {
    releasePorts(held);
    throw error;
  }
}

export function releasePorts(held: readonly number[]): void {
  for (const descriptor of held) closeSync(descriptor);
}

/** The first of the range that is free on all addresses it is wanted on. */
function holdPort(
  request: PortRequest,
  target: PortTarget,
  taken: () => readonly ForwardedPort[],
): HeldPorts {
  const { first, last } = request.hostPorts ?? dynamicRange();
  const places = placesOf(request, target);
  for (let hostPort = first; ; hostPort++) {
    const wanted = places.map((place) => ({ ...place, hostPort }));
    try {
      return { ports: wanted, held: bindAll(wanted) };
    } catch (error) {
      if (kindOf(error) !== "conflict" || hostPort >= last) failTaken(wanted[0]!, taken(), error);
    }
  }
}

/** What a request without an address means depends on what its network has. */
function placesOf({ protocol, containerPort, hostIp }: PortRequest, target: PortTarget) {
  const { address, address6 } = target;
  const own = { protocol, containerPort };
  const version4 = { ...own, target: address };
  if (hostIp === "") {
    const ipv6 = address6 ? [{ ...own, hostIp: ANY[6], target: address6 }] : [];
    return [{ ...version4, hostIp: target.hostIp }, ...(target.hostIp === ANY[4] ? ipv6 : [])];
  }
  if (!isIPv6(hostIp)) return [{ ...version4, hostIp }];
  // The kernel lets no packet go between ::1 and another link.
  if (hostIp === "::1")
    fail("unsupported", "cannot publish on [::1], which has no way out of the host: use [::]");
  if (isBehindSlirp())
    fail(
      "unsupported",
      `cannot publish on [${hostIp}] for an ordinary user: slirp4netns has IPv4 only`,
    );
  if (address6 !== undefined) return [{ ...own, hostIp, target: address6 }];
  return fail(
    "failed-precondition",
    `cannot publish port ${containerPort} on [${hostIp}]: the container's network has no IPv6; ` +
      'use one made with "network create --ipv6"',
  );
}

function bindAll(ports: readonly ForwardedPort[]): number[] {
  const held: number[] = [];
  try {
    for (const { protocol, hostIp, hostPort } of ports) {
      const place = { protocol, port: hostPort, address: hostIp, bytes: parseAddress(hostIp) };
      held.push(...[bindPort(place)].filter((descriptor) => descriptor !== undefined));
    }
    return held;
  } catch (error) {
    releasePorts(held);
    throw error;
  }
}

/** By whom a port is taken decides on Docker's words. */
function failTaken(port: ForwardedPort, taken: readonly ForwardedPort[], error: unknown): never {
  const { protocol, hostIp, hostPort } = port;
  const place = `${isIPv6(hostIp) ? `[${hostIp}]` : hostIp}:${hostPort}`;
  const version = isIPv6(hostIp) ? 6 : 4;
  const same = (one: ForwardedPort) => one.protocol === protocol && one.hostPort === hostPort;
  if (kindOf(error) === "conflict" && taken.some(same))
    fail("conflict", `Bind for ${place} failed: port is already allocated`);
  if (kindOf(error) === "conflict")
    fail("conflict", `listen ${protocol}${version} ${place}: bind: address already in use`);
  const why = messageOf(error).replace(/^[^:]*: /, "");
  const what = `listen ${protocol}${version} ${place}: bind: ${why}`;
  return fail("failed-precondition", isBehindSlirp() ? `${what}${lowPortAdvice(hostPort)}` : what);
}

/** The system has some ports for root alone. */
function lowPortAdvice(port: number): string {
  const first = Number(readNetworkSetting("ipv4/ip_unprivileged_port_start"));
  if (port >= first) return "";
  const setting = `net.ipv4.ip_unprivileged_port_start=${port}`;
  return `: publish a port from ${first} on, or let users have it with "sysctl -w ${setting}" as root`;
}

function dynamicRange(): { first: number; last: number } {
  const [first = 32768, last = 60999] = readFileSync(DYNAMIC_RANGE, "utf8")
    .split(/\s+/)
    .map(Number);
  return { first, last };
}
