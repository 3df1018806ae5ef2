import { ptr } from "bun:ffi";
import { closeSync } from "node:fs";
import { isIPv6 } from "node:net";
import { checked, lastErrno, lazyLibc } from "./system-call.ts";

const FAMILY = { ipv4: 2, ipv6: 10 } as const;
const SOCKET_TYPE = { tcp: 1, udp: 2, sctp: 1 } as const;
const PROTOCOL = { tcp: 6, udp: 17, sctp: 132 } as const;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const EPROTONOSUPPORT = 93;
const EADDRINUSE = 98;
const PORT_OFFSET = 2;
const ADDRESS_OFFSET = { ipv4: 4, ipv6: 8 } as const;
const ADDRESS_SIZE = { ipv4: 16, ipv6: 28 } as const;

const libc = lazyLibc({
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  listen: { args: ["i32", "i32"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
});

/** A port of this machine. */
export interface HostPort {
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly port: number;
  /** The address as text, and as its 4 or 16 bytes. */
  readonly address: string;
  readonly bytes: Uint8Array;
}

/**
 * Binds a socket to a port and mostly leaves it at that: nobody else can have the port as long as
 * the descriptor is open somewhere, and nothing answers on it. Where connections that have just
 * ended block a TCP port for a while, the socket listens: that lets it have the port nevertheless.
 * Undefined where the kernel does not know the protocol. Fails with `conflict` when it is taken.
 */
export function bindPort(place: HostPort): number | undefined {
  const fd = openSocket(place);
  if (fd === undefined) return undefined;
  try {
    if (!tryBind(fd, place)) listenAt(fd, place);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** False for a TCP port that is in use, if only by connections of the past. */
function tryBind(fd: number, place: HostPort): boolean {
  const address = socketAddress(place);
  const bound = libc().bind(fd, ptr(address), address.length);
  if (bound < 0 && place.protocol === "tcp" && lastErrno() === EADDRINUSE) return false;
  checked(bound, () => what(place));
  return true;
}

function listenAt(fd: number, place: HostPort): void {
  const address = socketAddress(place);
  libc().setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, ptr(Int32Array.of(1)), 4);
  checked(libc().bind(fd, ptr(address), address.length), () => what(place));
  checked(libc().listen(fd, 1), () => what(place));
}

function what({ protocol, address, port }: HostPort): string {
  return `bind ${protocol} port ${port} of ${address}`;
}

function openSocket({ protocol, address }: HostPort): number | undefined {
  const type = SOCKET_TYPE[protocol] | SOCK_CLOEXEC;
  const fd = libc().socket(FAMILY[familyOf(address)], type, PROTOCOL[protocol]);
  if (fd < 0 && lastErrno() === EPROTONOSUPPORT) return undefined;
  checked(fd, () => `open a ${protocol} socket`);
  // Otherwise [::] would claim the port of IPv4, too.
  if (isIPv6(address)) libc().setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, ptr(Int32Array.of(1)), 4);
  return fd;
}

/** struct sockaddr_in or sockaddr_in6 (ip(7), ipv6(7)). */
function socketAddress({ address, bytes, port }: HostPort): Buffer {
  const family = familyOf(address);
  const result = Buffer.alloc(ADDRESS_SIZE[family]);
  result.writeUInt16LE(FAMILY[family], 0);
  result.writeUInt16BE(port, PORT_OFFSET);
  result.set(bytes, ADDRESS_OFFSET[family]);
  return result;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}
