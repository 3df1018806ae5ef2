import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fail } from "#errors";
import { inNetworkNamespace } from "#kernel";
import { macOf, parseMac } from "./address.ts";
import { Attachments, type StoredAttachment } from "./attachments.ts";
import { isThere } from "./bridge.ts";
import { type Cable, configure, describeCable, openInside, plugIn, unplug } from "./cable.ts";
import type { NetworkDefinition } from "./definition.ts";
import { noteConnection } from "./events.ts";
import { chooseWay, wayOf } from "./gateway.ts";
import { chooseHome, hasHome, isBehindSlirp, openHome } from "./home.ts";
import { leaseAddresses } from "./leases.ts";
import { NameServer } from "./name-server.ts";
import { createNamespace, removeNamespace } from "./namespace.ts";
import { Family, openNetlink } from "./netlink/socket.ts";
import type {
  Attachment,
  AttachOptions,
  Endpoint,
  EndpointRequest,
  Network,
  NetworkMode,
  NetworkOptions,
} from "./network.ts";
import { releasePorts } from "./ports.ts";
import { Publications } from "./publications.ts";

import { StoreBridges, type Wanted } from "./store-bridges.ts";
import { endpointId, linkOf } from "./store-names.ts";

/** Another store may take an idle bridge away just before we use it. */
const MOST_ATTEMPTS = 3;
const OWNER = /^[A-Za-z0-9][\w.-]*$/;
const BUILD: AttachOptions = { name: "", networks: [{ network: "bridge" }] };

/** The networks of one store. Touches nothing before the first `attach`. */
export function createNetwork(options: NetworkOptions): StoreNetwork {
  return new StoreNetwork(options);
}

/** What is behind {@link Network}, with what the service of the networks needs beyond it. */
export class StoreNetwork implements Network {
  readonly #options: NetworkOptions;
  readonly #directory: string;
  readonly #attachments: Attachments;
  readonly bridges: StoreBridges;
  readonly #publications: Publications;
  readonly #names: NameServer;

  constructor(options: NetworkOptions) {
    const { runtimeDir } = options;
    chooseHome(runtimeDir);
    this.#options = options;
    this.#directory = join(runtimeDir, "netns");
    this.#attachments = new Attachments(runtimeDir);
    this.bridges = new StoreBridges(options, this.#attachments);
    this.#publications = new Publications(this.#attachments, this.bridges.firewall, runtimeDir);
    this.#names = new NameServer(runtimeDir, this.#attachments);
  }

  describe(): string {
    if (!hasHome()) return "host (this user namespace has no right to a bridge)";
    return `bridge ${this.bridges.device}${isBehindSlirp() ? " behind slirp4netns" : ""}`;
  }

  find(name: string): NetworkDefinition {
    return this.bridges.find(name);
  }

  async attach(owner: string, wanted: NetworkMode | AttachOptions): Promise<Attachment> {
    const path = this.#pathOf(owner);
    const options = wanted === "bridge" ? BUILD : wanted;
    if (typeof options === "string") return { mode: options, namespace: undefined };
    if (!hasHome()) return { mode: "host", namespace: undefined };
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    if (existsSync(path)) await this.detach(owner);
    if (await openHome()) await this.#publications.restart();
    for (let attempt = 1; ; attempt++) {
      const places = await this.bridges.openAll(options.networks);
      try {
        return await this.#attachTo(owner, path, places, options);
      } catch (error) {
        await this.detach(owner);
        const isWhole = places.every(({ bridge }) => isThere(bridge));
        if (attempt === MOST_ATTEMPTS || isWhole) throw error;
      }
    }
  }

  async detach(owner: string): Promise<void> {
    const path = this.#pathOf(owner);
    const stored = this.#attachments.get(owner);
    const stopping = stored && this.#publications.stop(stored);
    this.#options.state.addresses.release(owner);
    removeNamespace(path);
    for (const link of Object.values(stored?.endpoints ?? {})) this.#unplug(owner, link);
    this.#attachments.delete(owner);
    if (stored !== undefined) this.#tellGone(stored, stored.endpoints);
    await Promise.all([stopping, this.#names.reload()]);
  }

  async connect(owner: string, request: EndpointRequest): Promise<Endpoint> {
    const stored = this.#attachments.get(owner) ?? failDetached(owner);
    const path = this.#pathOf(owner);
    const [place] = await this.bridges.openAll([request]);
    const device = freeDevice(Object.values(stored.endpoints));
    const cable = this.#takeAddress(owner, place!, device);
    const endpoint = this.#endpointOf(owner, cable, request);
    const { name } = cable.bridge.network;
    const next = { ...stored, endpoints: { ...stored.endpoints, [name]: endpoint } };
    try {
      this.#attachments.put(next);
      plugIn(cable, path);
      this.#reroute(path, stored, next, [cable]);
      this.#publications.move(next);
    } catch (error) {
      await this.disconnect(owner, name);
      throw error;
    }
    await this.#serve([endpoint]);
    noteConnection(this.#options.state, "connect", owner, name, endpoint);
    return endpoint;
  }

  async disconnect(owner: string, network: string): Promise<void> {
    const stored = this.#attachments.get(owner);
    const endpoint = stored?.endpoints[network];
    if (stored === undefined || endpoint === undefined) return;
    const { [network]: _, ...endpoints } = stored.endpoints;
    const next = { ...stored, endpoints };
    const { addressKey } = this.bridges.bridged(network);
    this.#unplug(owner, endpoint);
    this.#reroute(this.#pathOf(owner), stored, next, []);
    this.#publications.move(next);
    this.#options.state.addresses.release(owner, addressKey);
    this.#tellGone(stored, { [network]: endpoint });
    await this.#names.reload();
  }

  /** All containers that are connected. */
  attached(): StoredAttachment[] {
    return this.#attachments.list();
  }

  endpoints(owner: string): Readonly<Record<string, Endpoint>> {
    return this.#attachments.get(owner)?.endpoints ?? {};
  }

  async rename(owner: string, name: string): Promise<void> {
    const stored = this.#attachments.get(owner);
    if (stored === undefined) return;
    this.#attachments.put({ ...stored, name });
    await this.#serve(Object.values(stored.endpoints));
  }

  owners(): string[] {
    const named = this.#options.state.addresses.owners();
    return [...new Set([...named, ...listNames(this.#directory), ...this.#attachments.owners()])];
  }

  async repair(): Promise<void> {
    await this.#names.reload();
  }

  async remove(): Promise<void> {
    await this.bridges.remove();
  }

  /** The addresses are taken first: by them `owners` knows whatever a crash leaves of the rest. */
  async #attachTo(
    owner: string,
    path: string,
    places: readonly Wanted[],
    options: AttachOptions,
  ): Promise<Attachment> {
    const cables = places.map((place, index) => this.#takeAddress(owner, place, `eth${index}`));
    const stored = this.#describe(owner, cables, places, options);
    const { ports, held } = this.#publications.hold(options.ports ?? [], stored, cables);
    const connected = { ...stored, ports };
    try {
      if (options !== BUILD) this.#attachments.put(connected);
      this.#wire(path, cables, stored.endpoints);
      await this.#publications.start(connected, cables);
      if (options !== BUILD) await this.#tellCome(connected);
    } catch (error) {
      releasePorts(held);
      throw error;
    }
    const endpoint = chooseWay(stored.endpoints) ?? Object.values(stored.endpoints)[0];
    const { endpoints } = stored;
    return {
      mode: "bridge",
      namespace: path,
      ...(endpoint && { endpoint }),
      endpoints,
      ports,
      held,
    };
  }

  #wire(path: string, cables: readonly Cable[], endpoints: StoredAttachment["endpoints"]): void {
    using inside = createNamespace(path, openInside);
    for (const cable of cables) plugIn(cable, path);
    for (const cable of cables) configure(inside, cable, path);
    inside.execute(wayOf(endpoints).add);
  }

  /** Packets for elsewhere leave by another endpoint when one came or went. */
  #reroute(
    path: string,
    before: StoredAttachment,
    after: StoredAttachment,
    cables: readonly Cable[],
  ): void {
    using inside = inNetworkNamespace(path, () => openNetlink(Family.route));
    for (const cable of cables) configure(inside, cable, path);
    inside.execute([...wayOf(before.endpoints).remove, ...wayOf(after.endpoints).add]);
  }

  #describe(
    owner: string,
    cables: readonly Cable[],
    places: readonly Wanted[],
    { name, nameservers = [] }: AttachOptions,
  ): StoredAttachment {
    const endpoints = Object.fromEntries(
      cables.map((cable, index) => [
        cable.bridge.network.name,
        this.#endpointOf(owner, cable, places[index]!.request),
      ]),
    );
    return { owner, name, endpoints, ports: [], nameservers };
  }

  #endpointOf(owner: string, cable: Cable, { aliases = [] }: EndpointRequest): Endpoint {
    const id = endpointId(owner, cable.bridge.network.name);
    return { ...describeCable(cable), id, ...(aliases.length > 0 && { aliases }) };
  }

  #takeAddress(owner: string, { request, bridge }: Wanted, device: string): Cable {
    const { addresses } = this.#options.state;
    const leased = leaseAddresses(addresses, bridge, request, owner);
    const mac = request.mac ? parseMac(request.mac) : macOf(leased.address);
    const link = linkOf(this.#options.storeId, owner, bridge.network.id);
    return { ...leased, mac, device, bridge, link };
  }

  async #tellCome({ owner, endpoints }: StoredAttachment): Promise<void> {
    await this.#serve(Object.values(endpoints));
    for (const [network, endpoint] of Object.entries(endpoints))
      noteConnection(this.#options.state, "connect", owner, network, endpoint);
  }

  #tellGone({ owner }: StoredAttachment, endpoints: StoredAttachment["endpoints"]): void {
    this.#names.update(Object.values(endpoints));
    for (const [network, endpoint] of Object.entries(endpoints))
      noteConnection(this.#options.state, "disconnect", owner, network, endpoint);
  }

  async #serve(endpoints: readonly Endpoint[]): Promise<void> {
    this.#names.update(endpoints);
    if (endpoints.some(({ nameserver }) => nameserver)) await this.#names.reload();
  }

  #unplug(owner: string, { network }: Endpoint): void {
    unplug(linkOf(this.#options.storeId, owner, network!));
  }

  #pathOf(owner: string): string {
    if (!OWNER.test(owner)) fail("invalid-argument", `invalid network owner: ${owner}`);
    return join(this.#directory, owner);
  }
}

/** The first of eth0, eth1 and so on that is free. */
function freeDevice(endpoints: readonly Endpoint[]): string {
  const taken = new Set(endpoints.map(({ device }) => device));
  for (let index = 0; ; index++) if (!taken.has(`eth${index}`)) return `eth${index}`;
}

function failDetached(owner: string): never {
  return fail("failed-precondition", `container ${owner} has no network of its own to add to`);
}

function listNames(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
