import { formatAddress } from "../address.ts";
import { attribute, decodeAttributes, Flag, nested, text, uint32 } from "./message.ts";
import { Errno, type Netlink, type Request } from "./socket.ts";

/** rtnetlink(7): message types, attributes and flags by their names in linux/rtnetlink.h. */
const RTM = {
  NEWLINK: 16,
  DELLINK: 17,
  GETLINK: 18,
  SETLINK: 19,
  NEWADDR: 20,
  GETADDR: 22,
  NEWROUTE: 24,
  DELROUTE: 25,
  GETROUTE: 26,
} as const;
const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  MASTER: 10,
  PROTINFO: 12,
  LINKINFO: 18,
  IFALIAS: 20,
  NET_NS_FD: 28,
} as const;
const IFLA_BRPORT = { MODE: 4, ISOLATED: 33 } as const;
const IFLA_INFO = { KIND: 1, DATA: 2 } as const;
const VETH_INFO_PEER = 1;
const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4 } as const;
const RTA = { DST: 1, OIF: 4, GATEWAY: 5 } as const;
const IFF_UP = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_BRIDGE = 7;
/** No search for others that have the address: it could not be used until that ended. */
const IFA_F_NODAD = 2;
const ROUTE_TABLE_MAIN = 254;
const ROUTE_PROTOCOL_BOOT = 3;
const ROUTE_UNICAST = 1;
const ROUTE_SCOPE_NOWHERE = 255;
const LINK_MESSAGE_SIZE = 16;
const ADDRESS_MESSAGE_SIZE = 8;
const ROUTE_MESSAGE_SIZE = 12;

/** An address, four or sixteen bytes, and the length of its network part in bits. */
export interface Prefix {
  readonly address: Uint8Array;
  readonly bits: number;
}

export interface Link {
  readonly index: number;
  readonly name: string;
  /** The bridge it is a port of. */
  readonly bridge: number | undefined;
  /** What its maker has noted on it. */
  readonly alias: string;
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

/** A bridge that is up; the alias says whose it is. */
export function addBridge(name: string, mac: Uint8Array, alias: string): Request {
  const info = nested(IFLA.LINKINFO, attribute(IFLA_INFO.KIND, text("bridge")));
  const named = attribute(IFLA.IFNAME, text(name));
  const noted = attribute(IFLA.IFALIAS, text(alias));
  const body = [linkMessage(0, IFF_UP), named, attribute(IFLA.ADDRESS, mac), noted, info];
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

/** Plugs a link into a bridge. */
export function setBridge(name: string, bridge: number): Request {
  const attributes = [attribute(IFLA.IFNAME, text(name)), attribute(IFLA.MASTER, uint32(bridge))];
  const body = Buffer.concat([linkMessage(0, IFF_UP), ...attributes]);
  return { what: `plug ${name} in`, type: RTM.NEWLINK, body, accept: [Errno.noDevice] };
}

export interface PortFlags {
  /** Packets may go back by the port they came from. */
  readonly hairpin: boolean;
  /** Nothing passes between two ports that are isolated. */
  readonly isolated: boolean;
}

/** How a bridge treats one of its ports. */
export function setPortFlags(index: number, { hairpin, isolated }: PortFlags): Request {
  const flags = nested(
    IFLA.PROTINFO,
    attribute(IFLA_BRPORT.MODE, Uint8Array.of(Number(hairpin))),
    attribute(IFLA_BRPORT.ISOLATED, Uint8Array.of(Number(isolated))),
  );
  const head = linkMessage(index, 0);
  head[0] = AF_BRIDGE;
  return { what: "set up a bridge's port", type: RTM.SETLINK, body: Buffer.concat([head, flags]) };
}

export function setUp(index: number, name: string): Request {
  return { what: `bring up ${name}`, type: RTM.NEWLINK, body: linkMessage(index, IFF_UP) };
}

export function deleteLink(name: string): Request {
  const body = Buffer.concat([linkMessage(0, 0), attribute(IFLA.IFNAME, text(name))]);
  return { what: `delete link ${name}`, type: RTM.DELLINK, body, accept: [Errno.noDevice] };
}

export function addAddress(index: number, { address, bits }: Prefix): Request {
  const head = Buffer.from([familyOf(address), bits, 0, 0, 0, 0, 0, 0]);
  if (address.length !== 4) head[2] = IFA_F_NODAD;
  head.writeUInt32LE(index, 4);
  const own = [attribute(IFA.LOCAL, address), attribute(IFA.ADDRESS, address)];
  if (address.length === 4) own.push(attribute(IFA.BROADCAST, broadcastOf(address, bits)));
  return {
    what: `give the address ${formatAddress(address)}/${bits}`,
    type: RTM.NEWADDR,
    flags: Flag.create | Flag.exclusive,
    body: Buffer.concat([head, ...own]),
    accept: [Errno.exists],
  };
}

export function addDefaultRoute(gateway: Uint8Array): Request {
  return { ...defaultRoute(gateway), type: RTM.NEWROUTE, flags: Flag.create | Flag.exclusive };
}

/** The one by this gateway; that there is none is as good. */
export function deleteDefaultRoute(gateway: Uint8Array): Request {
  return { ...defaultRoute(gateway), type: RTM.DELROUTE, accept: [Errno.noProcess] };
}

function defaultRoute(gateway: Uint8Array) {
  const head = Buffer.alloc(ROUTE_MESSAGE_SIZE);
  const kind = [ROUTE_TABLE_MAIN, ROUTE_PROTOCOL_BOOT, 0, ROUTE_UNICAST];
  head.set([familyOf(gateway), 0, 0, 0, ...kind]);
  const body = Buffer.concat([head, attribute(RTA.GATEWAY, gateway)]);
  return { what: `change the default route by ${formatAddress(gateway)}`, body };
}

function familyOf(address: Uint8Array): number {
  return address.length === 4 ? AF_INET : AF_INET6;
}

/** All links of the namespace. */
export function links(netlink: Netlink): Link[] {
  const request = { what: "list the links", type: RTM.GETLINK, flags: Flag.dump };
  return netlink.query({ ...request, body: linkMessage(0, 0) }).map(({ body }) => parseLink(body));
}

/** A link by name; undefined when there is none. */
export function findLink(netlink: Netlink, name: string): Link | undefined {
  return queryLink(netlink, name, [linkMessage(0, 0), attribute(IFLA.IFNAME, text(name))]);
}

/** A link by index; undefined when there is none. */
export function linkAt(netlink: Netlink, index: number): Link | undefined {
  return queryLink(netlink, `${index}`, [linkMessage(index, 0)]);
}

/** The IPv4 addresses of a link, or its IPv6 ones that are good anywhere. */
export function addressesOf(netlink: Netlink, index: number, version: 4 | 6 = 4): Prefix[] {
  const answers = netlink.query({
    what: "list the addresses",
    type: RTM.GETADDR,
    flags: Flag.dump,
    body: Buffer.from([version === 4 ? AF_INET : AF_INET6, 0, 0, 0, 0, 0, 0, 0]),
  });
  const own = answers.filter(({ body }) => body.readUInt32LE(4) === index && body[3] === 0);
  return own.flatMap(({ body }) => {
    const found = decodeAttributes(body.subarray(ADDRESS_MESSAGE_SIZE));
    const address = found.get(IFA.LOCAL) ?? found.get(IFA.ADDRESS);
    return address ? [{ address, bits: body[1]! }] : [];
  });
}

/** Every route of every table. */
export function routes(netlink: Netlink, version: 4 | 6 = 4): Route[] {
  const body = Buffer.alloc(ROUTE_MESSAGE_SIZE);
  body.set([version === 4 ? AF_INET : AF_INET6]);
  const request = { what: "list the routes", type: RTM.GETROUTE, flags: Flag.dump, body };
  const answers = netlink.query(request).filter(({ body }) => body[6] !== ROUTE_SCOPE_NOWHERE);
  return answers.map(({ body }) => {
    const found = decodeAttributes(body.subarray(ROUTE_MESSAGE_SIZE));
    const address = found.get(RTA.DST) ?? new Uint8Array(version === 4 ? 4 : 16);
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
  return answer && parseLink(answer.body);
}

function parseLink(body: Buffer): Link {
  const found = decodeAttributes(body.subarray(LINK_MESSAGE_SIZE));
  const textOf = (type: number) => found.get(type)?.subarray(0, -1).toString() ?? "";
  return {
    index: body.readInt32LE(4),
    name: textOf(IFLA.IFNAME),
    alias: textOf(IFLA.IFALIAS),
    bridge: found.get(IFLA.MASTER)?.readUInt32LE(0),
    up: (body.readUInt32LE(8) & IFF_UP) !== 0,
    mtu: found.get(IFLA.MTU)?.readUInt32LE(0) ?? 0,
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
