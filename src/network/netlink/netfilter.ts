import { attribute, decodeAttributes, Flag, type Message, text } from "./message.ts";
import { Errno, type Netlink, type Request } from "./socket.ts";

/** linux/netfilter/nf_tables.h */
const SUBSYSTEM_NFTABLES = 10 << 8;
const GET = { table: 1, chain: 4, rule: 7 } as const;
const TABLE_NAME = 1;
const CHAIN = { TABLE: 1, NAME: 3, POLICY: 5 } as const;
const RULE = { TABLE: 1, CHAIN: 2 } as const;
const NFPROTO_IPV4 = 2;
const HEAD = Buffer.from([NFPROTO_IPV4, 0, 0, 0]);
const POLICY_DROP = 0;

/** Whether there is an nftables table `ip NAME`. */
export function hasTable(netlink: Netlink, name: string): boolean {
  return read(netlink, GET.table, 0, attribute(TABLE_NAME, text(name))).length > 0;
}

/** The names of all tables for IPv4. */
export function tableNames(netlink: Netlink): string[] {
  return read(netlink, GET.table, Flag.dump).flatMap(({ body }) => {
    const name = decodeAttributes(body.subarray(HEAD.length)).get(TABLE_NAME);
    return name === undefined ? [] : [name.subarray(0, -1).toString()];
  });
}

/** What becomes of packets no rule decides on; undefined when there is no such chain. */
export function chainPolicy(
  netlink: Netlink,
  table: string,
  chain: string,
): "accept" | "drop" | undefined {
  const names = [attribute(CHAIN.TABLE, text(table)), attribute(CHAIN.NAME, text(chain))];
  const [answer] = read(netlink, GET.chain, 0, ...names);
  if (answer === undefined) return undefined;
  const policy = decodeAttributes(answer.body.subarray(HEAD.length)).get(CHAIN.POLICY);
  return policy?.readUInt32BE(0) === POLICY_DROP ? "drop" : "accept";
}

/** Whether some rule of the chain names a network interface. */
export function chainMentions(
  netlink: Netlink,
  table: string,
  chain: string,
  device: string,
): boolean {
  const names = [attribute(RULE.TABLE, text(table)), attribute(RULE.CHAIN, text(chain))];
  const rules = read(netlink, GET.rule, Flag.dump, ...names);
  return rules.some(({ body }) => body.includes(text(device)));
}

function read(netlink: Netlink, type: number, flags: number, ...names: Buffer[]): Message[] {
  const request: Request = {
    what: "look into nftables",
    type: SUBSYSTEM_NFTABLES | type,
    flags,
    body: Buffer.concat([HEAD, ...names]),
    accept: [Errno.noEntry],
  };
  return netlink.query(request);
}
