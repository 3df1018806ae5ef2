import { parseAddress } from "./address.ts";
import type { ForwardedPort } from "./attachments.ts";
import { isBehindSlirp, runInHome, SLIRP } from "./home.ts";
import { openHostFirewall } from "./host-netlink.ts";
import { forgetFlows } from "./netlink/conntrack.ts";
import { addElement, deleteElement, hasTable, type MapElement } from "./netlink/netfilter.ts";

/** What the packet filter has to know of a network. */
export interface FirewalledNetwork {
  readonly device: string;
  readonly subnets: readonly string[];
  readonly internal: boolean;
  /** Containers may speak with each other. */
  readonly icc: boolean;
  /** What leaves takes the host's address. */
  readonly masquerade: boolean;
}

const PROTOCOL_NUMBER = { tcp: 6, udp: 17, sctp: 132 } as const;
const UNSPECIFIED = ["0.0.0.0", "::"];

/** Whether our table is there: somebody may have flushed the whole ruleset. */
export function hasFirewall(table: string): boolean {
  using netfilter = openHostFirewall();
  return hasTable(netfilter, table);
}

/**
 * Makes our table `inet TABLE` anew, in one transaction. It masquerades what leaves, keeps the
 * networks apart, forwards published ports, and lets nobody in from outside by any other way. No
 * table of anybody else is touched.
 */
export async function writeFirewall(
  table: string,
  networks: readonly FirewalledNetwork[],
  ports: readonly ForwardedPort[],
): Promise<void> {
  const input = `${emptied(table)}\n${tableText(table, networks)}`;
  await runInHome(["nft", "-f", "-"], { input });
  for (const port of ports) forwardPort(table, port);
}

export async function removeFirewall(table: string): Promise<void> {
  await runInHome(["nft", "-f", "-"], { input: emptied(table) });
}

/** Sends what comes for a port of the host to a container. */
export function forwardPort(table: string, port: ForwardedPort): void {
  using netfilter = openHostFirewall();
  const element = elementOf(table, port);
  if (addElement(netfilter, element)) return;
  // What a container that had the port before has left, or the very same.
  deleteElement(netfilter, element);
  addElement(netfilter, element);
}

export function stopForwarding(table: string, port: ForwardedPort): void {
  if (!hasFirewall(table)) return;
  using netfilter = openHostFirewall();
  deleteElement(netfilter, elementOf(table, port));
}

/** Lets UDP that is under way go where the table sends it now. */
export function redirectFlows(ports: readonly ForwardedPort[]): void {
  const own = ports.filter(({ protocol }) => protocol === "udp").map(({ hostPort }) => hostPort);
  if (own.length === 0) return;
  using netfilter = openHostFirewall();
  forgetFlows(netfilter, own);
}

/** Deleting what is not there would be an error. */
function emptied(table: string): string {
  return `table inet ${table} {}\ndelete table inet ${table}`;
}

function tableText(table: string, networks: readonly FirewalledNetwork[]): string {
  const names = (some: readonly FirewalledNetwork[]) => some.map(({ device }) => `"${device}"`);
  return `table inet ${table} {
  ${setText("bridges", names(networks))}
  ${setText("internals", names(networks.filter(({ internal }) => internal)))}
  map any4 { type inet_proto . inet_service : ipv4_addr . inet_service; }
  map own4 { type inet_proto . ipv4_addr . inet_service : ipv4_addr . inet_service; }
  map any6 { type inet_proto . inet_service : ipv6_addr . inet_service; }
  map own6 { type inet_proto . ipv6_addr . inet_service : ipv6_addr . inet_service; }
  chain raw {
    type filter hook prerouting priority -300
    iifname @bridges ip daddr 127.0.0.0/8 drop
    iifname @bridges ip saddr 127.0.0.0/8 drop
  }
  chain publish {
    dnat ip to meta l4proto . ip daddr . th dport map @own4
    fib daddr type local dnat ip to meta l4proto . th dport map @any4
    dnat ip6 to meta l4proto . ip6 daddr . th dport map @own6
    fib daddr type local dnat ip6 to meta l4proto . th dport map @any6
  }
  chain prerouting {
    type nat hook prerouting priority -100
    iifname != "lo" ip daddr 127.0.0.0/8 return
    iifname @internals return
    jump publish
  }
  chain output {
    type nat hook output priority -100
    jump publish
  }
  chain postrouting {
    type nat hook postrouting priority 100
    ${networks.flatMap(leavingRules).join("\n    ")}
  }
  chain forward {
    type filter hook forward priority 0
    ${isBehindSlirp() ? loopbackRules().join("\n    ") : ""}
    ${networks
      .filter(({ icc }) => icc)
      .map(withinRule)
      .join("\n    ")}
    iifname @internals drop
    oifname @internals drop
    ct state established,related accept
    oifname @bridges ct status dnat accept
    oifname @bridges drop
  }
}
`;
}

/** All of slirp4netns's own addresses stand for the host's loopback, but for its name server. */
function loopbackRules(): string[] {
  const { subnet, nameserver } = SLIRP;
  return [`ip daddr ${nameserver} th dport 53 accept`, `ip daddr ${subnet} ct state new reject`];
}

function setText(name: string, elements: readonly string[]): string {
  const listed = elements.length > 0 ? ` elements = { ${elements.join(", ")} };` : "";
  return `set ${name} { type ifname;${listed} }`;
}

/** The last two: a container that reaches itself or a neighbour by the host, and the host's loopback. */
function leavingRules({ device, subnets, masquerade }: FirewalledNetwork): string[] {
  const leaving = subnets.map(
    (subnet) => `${saddr(subnet)} ${subnet} oifname != "${device}" masquerade`,
  );
  return [
    ...(masquerade ? leaving : []),
    ...subnets.map((one) => `${saddr(one)} ${one} oifname "${device}" ct status dnat masquerade`),
    `oifname "${device}" ip saddr 127.0.0.0/8 masquerade`,
  ];
}

function withinRule({ device }: FirewalledNetwork): string {
  return `iifname "${device}" oifname "${device}" accept`;
}

function saddr(subnet: string): string {
  return subnet.includes(":") ? "ip6 saddr" : "ip saddr";
}

/** The side of the host, and the container's, as the maps have them; slirp4netns has one address. */
function elementOf(table: string, port: ForwardedPort): MapElement {
  const { protocol, hostIp, hostPort, target, containerPort } = port;
  const any = UNSPECIFIED.includes(hostIp) || isBehindSlirp();
  const version = target.includes(":") ? 6 : 4;
  const number = padded(Uint8Array.of(PROTOCOL_NUMBER[protocol]));
  const own = any ? [] : [parseAddress(hostIp)];
  return {
    table,
    map: `${any ? "any" : "own"}${version}`,
    key: Buffer.concat([number, ...own, portBytes(hostPort)]),
    value: Buffer.concat([parseAddress(target), portBytes(containerPort)]),
  };
}

function portBytes(port: number): Buffer {
  return padded(Uint8Array.of(port >> 8, port & 255));
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(4 - bytes.length)]);
}
