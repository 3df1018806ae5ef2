import { attribute, decodeAttributes, Flag, nested, uint32 } from "./message.ts";
import { Errno, type Netlink, type Request } from "./socket.ts";

/** linux/netfilter/nfnetlink_conntrack.h */
const SUBSYSTEM_CONNTRACK = 1 << 8;
const MESSAGE = { get: 1, delete: 2 } as const;
const FLOW = { ORIGINAL: 1, FILTER: 25 } as const;
const TUPLE_PROTOCOL = 2;
const PROTOCOL = { NUMBER: 1, TO_PORT: 3 } as const;
const FILTER_ORIGINAL = 1;
const BY_PROTOCOL = 1 << 3;
const HEAD_SIZE = 4;
const UDP = 17;
/** AF_INET and AF_INET6, in struct nfgenmsg. */
const HEADS = [Buffer.from([2, 0, 0, 0]), Buffer.from([10, 0, 0, 0])];

/**
 * Has the kernel forget where it has sent UDP packets for these ports: a flow that goes on keeps
 * to what was decided on its first packet, else.
 */
export function forgetFlows(netlink: Netlink, ports: readonly number[]): void {
  for (const head of HEADS) {
    const flows = netlink.query(requestFor("get", head, wanted(), Flag.dump));
    const stale = flows.flatMap(({ body }) => originalOf(body, ports) ?? []);
    netlink.execute(stale.map((tuple) => requestFor("delete", head, tuple)));
  }
}

function wanted(): Buffer {
  const protocol = attribute(PROTOCOL.NUMBER, Uint8Array.of(UDP));
  return Buffer.concat([
    nested(FLOW.ORIGINAL, nested(TUPLE_PROTOCOL, protocol)),
    nested(FLOW.FILTER, attribute(FILTER_ORIGINAL, uint32(BY_PROTOCOL))),
  ]);
}

/** Undefined for others; kernels before 5.8 give all flows there are. */
function originalOf(body: Buffer, ports: readonly number[]): Buffer | undefined {
  const tuple = decodeAttributes(body.subarray(HEAD_SIZE)).get(FLOW.ORIGINAL);
  const inner = tuple && decodeAttributes(tuple).get(TUPLE_PROTOCOL);
  const fields = inner && decodeAttributes(inner);
  const port = fields?.get(PROTOCOL.TO_PORT)?.readUInt16BE(0);
  const isMeant = fields?.get(PROTOCOL.NUMBER)?.[0] === UDP && ports.includes(port ?? 0);
  return isMeant ? nested(FLOW.ORIGINAL, tuple!) : undefined;
}

/** One that has ended by itself meanwhile is as good. */
function requestFor(
  kind: keyof typeof MESSAGE,
  head: Buffer,
  attributes: Buffer,
  flags = 0,
): Request {
  return {
    what: "look after the flows that are known of",
    type: SUBSYSTEM_CONNTRACK | MESSAGE[kind],
    flags,
    body: Buffer.concat([head, attributes]),
    accept: [Errno.noEntry],
  };
}
