import { closeSync, existsSync, mkdirSync, openSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail } from "#errors";
import { inUserNamespace } from "#kernel";
import type { AddressTable } from "#state";
import { type Bridge, ensureBridge, isThere } from "./bridge.ts";
import { removeFirewall } from "./firewall.ts";
import { defaultDevice, deleteBridge, tableOf } from "./idle-bridges.ts";
import { createNamespace, removeNamespace } from "./namespace.ts";
import {
  addAddress,
  addDefaultRoute,
  addVeth,
  deleteLink,
  findLink,
  setUp,
} from "./netlink/route.ts";
import { Family, type Netlink, openNetlink } from "./netlink/socket.ts";
import {
  formatAddress,
  formatMac,
  hostAddresses,
  macOf,
  parseAddress,
  parsePrefix,
} from "./subnet.ts";

/** `bridge`: own namespace with a way out; `none`: own, loopback only; `host`: the host's. */
export type NetworkMode = "bridge" | "none" | "host";

/** How one container is connected. */
export interface Attachment {
  /** What it came to: without privilege a wish for `bridge` comes to `host`. */
  readonly mode: NetworkMode;
  /**
   * Path of the namespace to join. Undefined for the host's, and with `none`: there the OCI
   * runtime makes one, which needs nothing but its loopback up.
   */
  readonly namespace: string | undefined;
  /** Present on a bridge. */
  readonly endpoint?: Endpoint;
}

/** A place in a network. */
export interface Endpoint {
  /** The network's ID; absent for builds. */
  readonly network?: string;
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway: string;
  readonly mac: string;
  readonly address6?: string;
  readonly prefixLength6?: number;
  readonly gateway6?: string;
  /** The name of the interface inside. */
  readonly device?: string;
  /** What else its container is called there. */
  readonly aliases?: readonly string[];
}

/** A port of a container that can be reached by one of the host's. */
export interface PublishedPort {
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly containerPort: number;
  /** Of the host; `0.0.0.0` and `::` are all that it has. */
  readonly hostIp: string;
  readonly hostPort: number;
}

/** Connects containers and build steps. An owner is a name its maker knows to be unique. */
export interface Network {
  /** What `bridge` means here, for `info`: the device, or why there is none. */
  describe(): string;
  /** Connects an owner; a failure leaves nothing of it. */
  attach(owner: string, mode: NetworkMode): Promise<Attachment>;
  /** Lets go of everything of an owner; nothing to let go of is no failure. */
  detach(owner: string): void;
  /** Who is connected, or was when something crashed. One query and one directory read. */
  owners(): string[];
  /** Removes the bridge and its packet filter rules; they come back when needed. */
  remove(): Promise<void>;
}

export interface NetworkOptions {
  /** Twelve hex digits that no other store on this machine has. */
  readonly storeId: string;
  /** Where the namespaces are bound: a directory that a reboot clears. */
  readonly runtimeDir: string;
  readonly addresses: AddressTable;
  /** Name of the bridge; `shale-` and the store's id when absent. */
  readonly device?: string;
  /** Such as `172.30.0.0/16`; a free private network is chosen when absent. */
  readonly subnet?: string;
}

const NETWORK = "bridge";
/** Another store may take an idle bridge away just before we use it. */
const MOST_ATTEMPTS = 3;
const CONTAINER_LINK = "eth0";
const OWNER = /^[A-Za-z0-9][\w.-]*$/;
const IPV6_OFF = "/proc/sys/net/ipv6/conf/default/disable_ipv6";

/** The network of one store. Touches nothing before the first `attach`. */
export function createNetwork(options: NetworkOptions): Network {
  return new BridgeNetwork(options);
}

class BridgeNetwork implements Network {
  readonly #options: NetworkOptions;
  readonly #device: string;
  readonly #directory: string;

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.#device = options.device ?? defaultDevice(options.storeId);
    this.#directory = join(options.runtimeDir, "netns");
  }

  describe(): string {
    if (inUserNamespace()) return "host (rootless: containers share the user's network)";
    return `bridge ${this.#device}`;
  }

  async attach(owner: string, mode: NetworkMode): Promise<Attachment> {
    const path = this.#pathOf(owner);
    if (mode !== "bridge") return { mode, namespace: undefined };
    // Only real root can leave a namespace again, and add a link to the host's.
    if (inUserNamespace()) return { mode: "host", namespace: undefined };
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    if (existsSync(path)) this.detach(owner);
    for (let attempt = 1; ; attempt++) {
      const bridge = await ensureBridge(this.#bridgeOptions());
      try {
        return this.#connect(owner, path, bridge);
      } catch (error) {
        if (attempt === MOST_ATTEMPTS || isThere(bridge)) throw error;
      }
    }
  }

  detach(owner: string): void {
    this.#options.addresses.release(owner);
    removeNamespace(this.#pathOf(owner));
  }

  owners(): string[] {
    const named = this.#options.addresses.list(NETWORK).map(({ owner }) => owner);
    return [...new Set([...named, ...listNames(this.#directory)])];
  }

  async remove(): Promise<void> {
    deleteBridge(this.#device);
    await removeFirewall(this.#table, this.#device);
  }

  get #table(): string {
    return tableOf(this.#options.storeId);
  }

  #bridgeOptions() {
    const { subnet } = this.#options;
    const wanted = subnet === undefined ? undefined : parsePrefix(subnet);
    return { device: this.#device, table: this.#table, subnet: wanted };
  }

  /** The record comes first: by it `owners` knows whatever a crash leaves of the rest. */
  #connect(owner: string, path: string, bridge: Bridge): Attachment {
    const { addresses } = this.#options;
    const address = parseAddress(addresses.take(NETWORK, hostAddresses(bridge.subnet), owner));
    try {
      using inside = createNamespace(path, openInside);
      this.#plug(owner, path, address, bridge);
      configure(inside, address, bridge);
    } catch (error) {
      this.detach(owner);
      throw error;
    }
    const endpoint = describeEndpoint(address, bridge);
    return { mode: "bridge", namespace: path, endpoint };
  }

  #plug(owner: string, path: string, address: Uint8Array, bridge: Bridge): void {
    const namespace = openSync(path, "r");
    try {
      using netlink = openNetlink(Family.route);
      const peer = { name: CONTAINER_LINK, mac: macOf(address), namespace };
      const link = { name: this.#linkOf(owner), bridge: bridge.index, mtu: bridge.mtu, peer };
      netlink.execute([deleteLink(link.name), addVeth(link)]);
    } finally {
      closeSync(namespace);
    }
  }

  /** The host's end: the name follows from the owner, so that it needs no record. */
  #linkOf(owner: string): string {
    const hash = new Bun.CryptoHasher("sha256")
      .update(`${this.#options.storeId} ${owner}`)
      .digest("hex");
    return `veth${hash.slice(0, 11)}`;
  }

  #pathOf(owner: string): string {
    if (!OWNER.test(owner)) fail("invalid-argument", `invalid network owner: ${owner}`);
    return join(this.#directory, owner);
  }
}

/** The socket keeps belonging to the namespace it was opened in. */
function openInside(): Netlink {
  if (existsSync(IPV6_OFF)) writeFileSync(IPV6_OFF, "1");
  return openNetlink(Family.route);
}

function configure(inside: Netlink, address: Uint8Array, { subnet, gateway }: Bridge): void {
  const link = findLink(inside, CONTAINER_LINK);
  if (link === undefined) fail("internal", `${CONTAINER_LINK} did not arrive in its namespace`);
  inside.execute([
    loopbackUp(inside),
    addAddress(link.index, { address, bits: subnet.bits }),
    setUp(link.index, CONTAINER_LINK),
    addDefaultRoute(gateway),
  ]);
}

function loopbackUp(netlink: Netlink) {
  return setUp(findLink(netlink, "lo")?.index ?? 1, "lo");
}

function describeEndpoint(address: Uint8Array, { subnet, gateway }: Bridge): Endpoint {
  return {
    address: formatAddress(address),
    prefixLength: subnet.bits,
    gateway: formatAddress(gateway),
    mac: formatMac(macOf(address)),
  };
}

function listNames(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
