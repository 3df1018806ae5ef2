import { fail } from "#errors";
import { parseAddress } from "./address.ts";
import type { Attachments, StoredAttachment } from "./attachments.ts";
import { type Bridge, ensureBridge } from "./bridge.ts";
import {
  builtinNetworks,
  findNetwork,
  type NetworkDefinition,
  parseNetwork,
} from "./definition.ts";
import { hasHome, openHome } from "./home.ts";
import { openHostLinks } from "./host-netlink.ts";
import { bridgesOf, deleteBridge } from "./idle-bridges.ts";
import { findLink } from "./netlink/route.ts";
import type { EndpointRequest, NetworkOptions } from "./network.ts";
import { StoreFirewall } from "./store-firewall.ts";
import { aliasOf, defaultDevice, linkOf } from "./store-names.ts";

/** A place that is about to be taken. */
export interface Wanted {
  readonly request: EndpointRequest;
  readonly bridge: Bridge;
}

/** The networks of a store, and the bridges they are. */
export class StoreBridges {
  /** The one of the default network. */
  readonly device: string;
  readonly firewall: StoreFirewall;
  readonly #options: NetworkOptions;
  readonly #attachments: Attachments;

  constructor(options: NetworkOptions, attachments: Attachments) {
    const { storeId } = options;
    this.#options = options;
    this.#attachments = attachments;
    this.device = options.device ?? defaultDevice(storeId);
    this.firewall = new StoreFirewall({ storeId, attachments, networks: () => this.#all() });
  }

  /** The networks that are always there, `bridge` first. */
  builtins(): NetworkDefinition[] {
    const { storeId, subnet } = this.#options;
    return builtinNetworks(storeId, { device: this.device, subnet });
  }

  find(name: string): NetworkDefinition {
    return findNetwork(this.#options.state.networks, this.builtins(), name);
  }

  /** Likewise; it must be one that interfaces can be plugged into. */
  bridged(name: string): NetworkDefinition {
    const network = this.find(name);
    if (network.driver === "bridge") return network;
    return fail("invalid-argument", `network ${name} has no place for an interface`);
  }

  /** The bridges for these, each made where it is missing. */
  openAll(requests: readonly EndpointRequest[]): Promise<Wanted[]> {
    return Promise.all(
      requests.map(async (request) => {
        const network = this.bridged(request.network);
        return { request, bridge: await this.#open(network) };
      }),
    );
  }

  /** Makes a network's bridge. */
  async open(network: NetworkDefinition): Promise<void> {
    if (!hasHome()) return;
    await openHome();
    await this.#open(network);
  }

  /** Takes it away: the network is recorded no longer. */
  async close({ device }: NetworkDefinition): Promise<void> {
    if (!hasHome()) return;
    await deleteBridge(device);
    await this.firewall.write();
  }

  /** Fails with `conflict` when somebody has a link of the name that the network's bridge is to have. */
  checkDevice({ device }: NetworkDefinition): void {
    using netlink = openHostLinks();
    if (findLink(netlink, device)) fail("conflict", `there is a link ${device} already`);
  }

  async remove(): Promise<void> {
    const noted = bridgesOf(aliasOf(this.#options.storeId));
    for (const device of new Set([this.device, ...noted])) await deleteBridge(device);
    await this.firewall.remove();
  }

  async #open(network: NetworkDefinition): Promise<Bridge> {
    const { storeId } = this.#options;
    const attached = () => this.#attachments.list();
    const bridge = await ensureBridge({
      network,
      alias: aliasOf(storeId),
      address: () => lastAddress(attached(), network),
      plugged: () => ownersIn(attached(), network).map((one) => linkOf(storeId, one, network.id)),
      onMade: () => this.firewall.write(),
    });
    await this.firewall.mend();
    return bridge;
  }

  #all(): NetworkDefinition[] {
    return [this.builtins()[0]!, ...this.#options.state.networks.list().map(parseNetwork)];
  }
}

function ownersIn(all: readonly StoredAttachment[], { name }: NetworkDefinition): string[] {
  return all.flatMap(({ owner, endpoints }) => (endpoints[name] ? [owner] : []));
}

/** Containers that are up have the bridge that was there before as their gateway. */
function lastAddress(all: readonly StoredAttachment[], { name }: NetworkDefinition) {
  const endpoint = all.map(({ endpoints }) => endpoints[name]).find((one) => one !== undefined);
  return endpoint && { address: parseAddress(endpoint.gateway), bits: endpoint.prefixLength };
}
