import { attribute, decodeAttributes, Flag, nested, text, uint32 } from "./message.ts";
import { Errno, type Netlink, type Request } from "./socket.ts";

/** rtnetlink(7): message types, attributes and flags by their names in linux/rtnetlink.h. */
const RTM = {
  NEWLINK: 16,
  DELLINK: 17,
  GETLINK: 18,
  NEWADDR: 20,
  GETADDR: 22,
  NEWROUTE: 24,
  GETROUTE: 26,
} as const;
const IFLA = { ADDRESS: 1, IFNAME: 3, MTU: 4, MASTER: 10, LINKINFO: 18, NET_NS_FD: 28 } as const;
const IFLA_INFO = { KIND: 1, DATA: 2 } as const;
const VETH_INFO_PEER = 1;
const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4 } as const;
const RTA = { DST: 1, OIF: 4, GATEWAY: 5 } as const;
const IFF_UP = 1;
const AF_INET = 2;
const ROUTE_TABLE_MAIN = 254;
const ROUTE_PROTOCOL_BOOT = 3;
const ROUTE_UNICAST = 1;
const ROUTE_SCOPE_NOWHERE = 255;
const LINK_MESSAGE_SIZE = 16;
const ADDRESS_MESSAGE_SIZE = 8;
const ROUTE_MESSAGE_SIZE = 12;

/** IPv4 address and length of its network part, as four bytes and bits. */
export interface Prefix {
  readonly address: Uint8Array;
  readonly bits: number;
}

export interface Link {
  readonly index: number;
  readonly up: boolean;
  readonly mtu: number;
}

/** A route of the host: everything (`bits` 0) or a network, by which link. */
export interface Route extends Prefix {
  readonly link: number | undefined;
}

/** A pair of virtual cables: one end on a bridge here, the other in a network namespace. */
export interface VethOptions {
  readonly name: string;
  readonly bridge: number;
  readonly mtu: number;
  readonly peer: {
    readonly name: string;
    readonly mac: Uint8Array;
    /** Descriptor of the namespace. */
    readonly namespace: number;
  };
}

export function addBridge(name: string, mac: Uint8Array): Request {
  const info = nested(IFLA.LINKINFO, attribute(IFLA_INFO.KIND, text("bridge")));
  const named = attribute(IFLA.IFNAME, text(name));
  const body = [linkMessage(0, IFF_UP), named, attribute(IFLA.ADDRESS, mac), info];
  return {
    what: `make bridge ${name}`,
    type: RTM.NEWLINK,
    flags: Flag.create | Flag.exclusive,
    body: Buffer.concat(body),
    accept: [Errno.exists],
  };
}

export function addVeth({ name, bridge, mtu, peer }: VethOptions): Request {
  const size = attribute(IFLA.MTU, uint32(mtu));
  const far = nested(
    VETH_INFO_PEER,
    linkMessage(0, 0),
    attribute(IFLA.IFNAME, text(peer.name)),
    attribute(IFLA.ADDRESS, peer.mac),
    attribute(IFLA.NET_NS_FD, uint32(peer.namespace)),
    size,
  );
  const kind = attribute(IFLA_INFO.KIND, text("veth"));
  const body = [
    linkMessage(0, IFF_UP),
    attribute(IFLA.IFNAME, text(name)),
    attribute(IFLA.MASTER, uint32(bridge)),
    size,
    nested(IFLA.LINKINFO, kind, nested(IFLA_INFO.DATA, far)),
  ];
  const flags = Flag.create | Flag.exclusive;
  return { what: `make link ${name}`, type: RTM.NEWLINK, flags, body: Buffer.concat(body) };
}

/** A bridge given its size so keeps it; otherwise it follows its ports'. */
export function setMtu(name: string, mtu: number): Request {
  const named = attribute(IFLA.IFNAME, text(name));
  const body = Buffer.concat([linkMessage(0, 0), named, attribute(IFLA.MTU, uint32(mtu))]);
  return { what: `set the size of packets of ${name}`, type: RTM.NEWLINK, body };
}

export function setUp(index: number, name: string): Request {
  return { what: `bring up ${name}`, type: RTM.NEWLINK, body: linkMessage(index, IFF_UP) };
}

export function deleteLink(name: string): Request {
  const body = Buffer.concat([linkMessage(0, 0), attribute(IFLA.IFNAME, text(name))]);
  return { what: `delete link ${name}`, type: RTM.DELLINK, body, accept: [Errno.noDevice] };
}

export function addAddress(index: number, { address, bits }: Prefix): Request {
  const head = Buffer.from([AF_INET, bits, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32LE(index, 4);
  const broadcast = attribute(IFA.BROADCAST, broadcastOf(address, bits));
  const own = [attribute(IFA.LOCAL, address), attribute(IFA.ADDRESS, address)];
  return {
    what: `give the address ${address.join(".")}/${bits}`,
    type: RTM.NEWADDR,
    flags: Flag.create | Flag.exclusive,
    body: Buffer.concat([head, ...own, broadcast]),
    accept: [Errno.exists],
  };
}

export function addDefaultRoute(gateway: Uint8Array): Request {
  const head = Buffer.alloc(ROUTE_MESSAGE_SIZE);
  head.set([AF_INET, 0, 0, 0, ROUTE_TABLE_MAIN, ROUTE_PROTOCOL_BOOT, 0, ROUTE_UNICAST]);
  return {
    what: `set the default route to ${gateway.join(".")}`,
    type: RTM.NEWROUTE,
    flags: Flag.create | Flag.exclusive,
    body: Buffer.concat([head, attribute(RTA.GATEWAY, gateway)]),
  };
}

/** A link by name; undefined when there is none. */
export function findLink(netlink: Netlink, name: string): Link | undefined {
  return queryLink(netlink, name, [linkMessage(0, 0), attribute(IFLA.IFNAME, text(name))]);
}

/** A link by index; undefined when there is none. */
export function linkAt(netlink: Netlink, index: number): Link | undefined {
  return queryLink(netlink, `${index}`, [linkMessage(index, 0)]);
}

/** The IPv4 addresses of a link. */
export function addressesOf(netlink: Netlink, index: number): Prefix[] {
  const answers = netlink.query({
    what: "list the addresses",
    type: RTM.GETADDR,
    flags: Flag.dump,
    body: Buffer.from([AF_INET, 0, 0, 0, 0, 0, 0, 0]),
  });
  const own = answers.filter(({ body }) => body.readUInt32LE(4) === index);
  return own.flatMap(({ body }) => {
    const address = decodeAttributes(body.subarray(ADDRESS_MESSAGE_SIZE)).get(IFA.LOCAL);
    return address ? [{ address, bits: body[1]! }] : [];
  });
}

/** Every IPv4 route of every table. */
export function routes(netlink: Netlink): Route[] {
  const body = Buffer.alloc(ROUTE_MESSAGE_SIZE);
  body.set([AF_INET]);
  const request = { what: "list the routes", type: RTM.GETROUTE, flags: Flag.dump, body };
  const answers = netlink.query(request).filter(({ body }) => body[6] !== ROUTE_SCOPE_NOWHERE);
  return answers.map(({ body }) => {
    const found = decodeAttributes(body.subarray(ROUTE_MESSAGE_SIZE));
    const address = found.get(RTA.DST) ?? new Uint8Array(4);
    return { address, bits: body[1]!, link: found.get(RTA.OIF)?.readUInt32LE(0) };
  });
}

function queryLink(netlink: Netlink, what: string, body: Buffer[]): Link | undefined {
  const [answer] = netlink.query({
    what: `look up link ${what}`,
    type: RTM.GETLINK,
    body: Buffer.concat(body),
    accept: [Errno.noDevice],
  });
  if (answer === undefined) return undefined;
  const mtu = decodeAttributes(answer.body.subarray(LINK_MESSAGE_SIZE)).get(IFLA.MTU);
  return {
    index: answer.body.readInt32LE(4),
    up: (answer.body.readUInt32LE(8) & IFF_UP) !== 0,
    mtu: mtu?.readUInt32LE(0) ?? 0,
  };
}

/** struct ifinfomsg; `flags` are both the values and the mask of what to change. */
function linkMessage(index: number, flags: number): Buffer {
  const message = Buffer.alloc(LINK_MESSAGE_SIZE);
  message.writeInt32LE(index, 4);
  message.writeUInt32LE(flags, 8);
  message.writeUInt32LE(flags, 12);
  return message;
}

function broadcastOf(address: Uint8Array, bits: number): Uint8Array {
  return address.map((byte, index) => {
    const hostBits = Math.min(8, Math.max(0, 8 * (index + 1) - bits));
    return byte | ((1 << hostBits) - 1);
  });
}
