import { fail } from "#errors";
import { checkFilterKeys } from "#filters";
import type { State } from "#state";
import { networksInUse, whileChoosing } from "./bridge.ts";
import { defineNetwork } from "./create-definition.ts";
import { formatNetwork, type NetworkDefinition, parseNetwork } from "./definition.ts";
import { describeNetwork } from "./document.ts";
import { noteNetwork } from "./events.ts";
import { LIST_FILTERS, networkFilter, PRUNE_FILTERS, pruneFilter } from "./network-filter.ts";
import type {
  CreateNetworkOptions,
  Filters,
  NetworkDocument,
  NetworkService,
} from "./network-service.ts";
import type { StoreNetwork } from "./store-network.ts";
import { parsePrefix } from "./subnet.ts";

export interface NetworkServiceOptions {
  readonly state: State;
  readonly network: StoreNetwork;
}

/** The networks of a store. */
export function createNetworkService({ state, network }: NetworkServiceOptions): NetworkService {
  return new LocalNetworks(state, network);
}

class LocalNetworks implements NetworkService {
  readonly #state: State;
  readonly #network: StoreNetwork;

  constructor(state: State, network: StoreNetwork) {
    this.#state = state;
    this.#network = network;
  }

  async create(options: CreateNetworkOptions): Promise<{ id: string; warning: string }> {
    const made = await whileChoosing(() => this.#record(options));
    try {
      await this.#network.bridges.open(made);
    } catch (error) {
      this.#state.networks.delete(made.id);
      await this.#network.bridges.close(made);
      throw error;
    }
    return { id: made.id, warning: "" };
  }

  async list(filters: Filters = {}): Promise<NetworkDocument[]> {
    checkFilterKeys(filters, LIST_FILTERS);
    const attached = this.#network.attached();
    const matches = networkFilter(filters);
    const all = this.#all().map((network) => ({
      network,
      document: describeNetwork(network, attached),
    }));
    return all.filter(matches).map(({ document }) => document);
  }

  async inspect(name: string): Promise<NetworkDocument> {
    return describeNetwork(this.#network.find(name), this.#network.attached());
  }

  async remove(name: string): Promise<void> {
    const network = this.#network.find(name);
    if (network.builtin)
      fail("permission-denied", `${network.name} is a pre-defined network and cannot be removed`);
    if (this.#isInUse(network))
      fail(
        "conflict",
        `error while removing network: network ${network.name} id ${network.id} has active endpoints`,
      );
    await this.#delete(network);
  }

  async prune(filters: Filters = {}): Promise<{ removed: string[] }> {
    checkFilterKeys(filters, PRUNE_FILTERS);
    const isWanted = pruneFilter(filters);
    const idle = this.#all().filter(
      (network) => !network.builtin && !this.#isInUse(network) && isWanted(network),
    );
    for (const network of idle) await this.#delete(network);
    noteNetwork(this.#state, "prune", "", { reclaimed: "0" });
    return { removed: idle.map(({ name }) => name) };
  }

  /** Chosen and recorded together, so that nobody else chooses the same addresses. */
  #record(options: CreateNetworkOptions): NetworkDefinition {
    const { networks } = this.#state;
    const holder = networks.byName(options.Name);
    if (holder) fail("conflict", `network with name ${options.Name} already exists`);
    const defined = networks.list().map(parseNetwork);
    const subnets = defined.flatMap(({ pools }) => pools.map(({ subnet }) => parsePrefix(subnet)));
    const routes = [...networksInUse(4), ...networksInUse(6)];
    const made = defineNetwork(options, { networks: subnets, routes });
    this.#network.bridges.checkDevice(made);
    this.#state.transaction(() => {
      networks.create(formatNetwork(made));
      this.#note("create", made);
    });
    return made;
  }

  async #delete(network: NetworkDefinition): Promise<void> {
    this.#state.transaction(() => {
      if (this.#state.networks.delete(network.id)) this.#note("destroy", network);
    });
    await this.#network.bridges.close(network);
  }

  #note(action: string, { id, name, driver }: NetworkDefinition): void {
    noteNetwork(this.#state, action, id, { name, type: driver });
  }

  #all(): NetworkDefinition[] {
    return [...this.#network.bridges.builtins(), ...this.#state.networks.list().map(parseNetwork)];
  }

  #isInUse({ id }: NetworkDefinition): boolean {
    const attached = this.#network.attached();
    return attached.some(({ endpoints }) =>
      Object.values(endpoints).some(({ network }) => network === id),
    );
  }
}
