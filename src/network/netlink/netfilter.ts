import { attribute, decodeAttributes, Flag, type Message, nested, text } from "./message.ts";
import { Errno, type Netlink, type Request } from "./socket.ts";

/** linux/netfilter/nf_tables.h */
const SUBSYSTEM_NFTABLES = 10 << 8;
const MESSAGE = {
  getTable: 1,
  getChain: 4,
  getRule: 7,
  newElement: 12,
  deleteElement: 14,
} as const;
const TABLE_NAME = 1;
const CHAIN = { TABLE: 1, NAME: 3, POLICY: 5 } as const;
const RULE = { TABLE: 1, CHAIN: 2 } as const;
const ELEMENTS = { TABLE: 1, SET: 2, LIST: 3 } as const;
const ELEMENT = { KEY: 1, DATA: 2 } as const;
const LIST_ITEM = 1;
const DATA_VALUE = 1;
const HEAD_SIZE = 4;
const POLICY_DROP = 0;

/** Families of tables (linux/netfilter.h). */
const PROTOCOL = { inet: 1, ip: 2, ip6: 10 } as const;
export type TableFamily = keyof typeof PROTOCOL;

/** An entry of a map: both sides as the kernel has them, each field padded to four bytes. */
export interface MapElement {
  readonly table: string;
  readonly map: string;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Whether there is an nftables table `inet NAME`. */
export function hasTable(netlink: Netlink, name: string): boolean {
  return read(netlink, "inet", MESSAGE.getTable, 0, attribute(TABLE_NAME, text(name))).length > 0;
}

/** The names of all tables of the family `inet`. */
export function tableNames(netlink: Netlink): string[] {
  return read(netlink, "inet", MESSAGE.getTable, Flag.dump).flatMap(({ body }) => {
    const name = decodeAttributes(body.subarray(HEAD_SIZE)).get(TABLE_NAME);
    return name === undefined ? [] : [name.subarray(0, -1).toString()];
  });
}

/** What becomes of packets no rule decides on; undefined when there is no such chain. */
export function chainPolicy(
  netlink: Netlink,
  family: TableFamily,
  table: string,
  chain: string,
): "accept" | "drop" | undefined {
  const names = [attribute(CHAIN.TABLE, text(table)), attribute(CHAIN.NAME, text(chain))];
  const [answer] = read(netlink, family, MESSAGE.getChain, 0, ...names);
  if (answer === undefined) return undefined;
  const policy = decodeAttributes(answer.body.subarray(HEAD_SIZE)).get(CHAIN.POLICY);
  return policy?.readUInt32BE(0) === POLICY_DROP ? "drop" : "accept";
}

/** Whether some rule of the chain names a network interface. */
export function chainMentions(
  netlink: Netlink,
  family: TableFamily,
  table: string,
  chain: string,
  device: string,
): boolean {
  const names = [attribute(RULE.TABLE, text(table)), attribute(RULE.CHAIN, text(chain))];
  const rules = read(netlink, family, MESSAGE.getRule, Flag.dump, ...names);
  return rules.some(({ body }) => body.includes(text(device)));
}

/** Puts an element into a map of a table `inet`; false when it has another one by this key. */
export function addElement(netlink: Netlink, element: MapElement): boolean {
  const flags = Flag.create;
  const accept = [Errno.exists];
  return netlink.transact({ ...elementRequest(MESSAGE.newElement, element), flags, accept });
}

/** Takes it out; that there is none is as good. */
export function deleteElement(netlink: Netlink, element: MapElement): void {
  const accept = [Errno.noEntry];
  netlink.transact({ ...elementRequest(MESSAGE.deleteElement, element), accept });
}

function elementRequest(type: number, { table, map, key, value }: MapElement): Request {
  const item = nested(
    LIST_ITEM,
    nested(ELEMENT.KEY, attribute(DATA_VALUE, key)),
    nested(ELEMENT.DATA, attribute(DATA_VALUE, value)),
  );
  const body = [
    headOf("inet"),
    attribute(ELEMENTS.TABLE, text(table)),
    attribute(ELEMENTS.SET, text(map)),
    nested(ELEMENTS.LIST, item),
  ];
  const what = `change the map ${map} of the nftables table ${table}`;
  return { what, type: SUBSYSTEM_NFTABLES | type, body: Buffer.concat(body) };
}

function read(
  netlink: Netlink,
  family: TableFamily,
  type: number,
  flags: number,
  ...names: Buffer[]
): Message[] {
  const request: Request = {
    what: "look into nftables",
    type: SUBSYSTEM_NFTABLES | type,
    flags,
    body: Buffer.concat([headOf(family), ...names]),
    accept: [Errno.noEntry],
  };
  return netlink.query(request);
}

/** struct nfgenmsg */
function headOf(family: TableFamily): Buffer {
  return Buffer.from([PROTOCOL[family], 0, 0, 0]);
}
