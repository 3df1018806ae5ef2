import type { Attachments, ForwardedPort } from "./attachments.ts";
import { findBridge, whileChoosing } from "./bridge.ts";
import { BRIDGE_OPTION, isOn, type NetworkDefinition } from "./definition.ts";
import {
  type FirewalledNetwork,
  forwardPort,
  hasFirewall,
  redirectFlows,
  removeFirewall,
  stopForwarding,
  writeFirewall,
} from "./firewall.ts";
import { isBehindSlirp } from "./home.ts";
import { tableOf } from "./store-names.ts";
import { formatPrefix } from "./subnet.ts";

export interface StoreFirewallOptions {
  readonly storeId: string;
  readonly attachments: Attachments;
  /** All that the store has. */
  readonly networks: () => readonly NetworkDefinition[];
}

/** The packet filter rules of a store: made of its networks and of what is attached. */
export class StoreFirewall {
  readonly #options: StoreFirewallOptions;
  readonly #table: string;

  constructor(options: StoreFirewallOptions) {
    this.#options = options;
    this.#table = tableOf(options.storeId);
  }

  /** Writes all of it anew: the networks are others, or somebody has flushed it. */
  async write(): Promise<void> {
    for (let written: string | undefined; ; ) {
      const ports = this.#ports();
      const text = JSON.stringify(ports);
      // What came or went meanwhile has been changed in the table that was there before.
      if (text === written) return;
      await writeFirewall(this.#table, this.#options.networks().flatMap(describe), ports);
      written = text;
    }
  }

  /** One netlink message when all is well. */
  async mend(): Promise<void> {
    if (hasFirewall(this.#table)) return;
    await whileChoosing(async () => {
      if (!hasFirewall(this.#table)) await this.write();
    });
  }

  forward(ports: readonly ForwardedPort[]): void {
    for (const port of ports) if (port.target !== "") forwardPort(this.#table, port);
    redirectFlows(ports);
  }

  /** Whoever has got such a port meanwhile keeps it. */
  stop(owner: string, ports: readonly ForwardedPort[]): void {
    if (ports.length === 0 || !hasFirewall(this.#table)) return;
    const others = this.#options.attachments.list().filter((one) => one.owner !== owner);
    const heirs = new Map(others.flatMap((one) => one.ports).map((port) => [keyOf(port), port]));
    for (const port of ports) {
      const heir = heirs.get(keyOf(port));
      if (heir === undefined) stopForwarding(this.#table, port);
      else forwardPort(this.#table, heir);
    }
    redirectFlows(ports);
  }

  async remove(): Promise<void> {
    if (hasFirewall(this.#table)) await removeFirewall(this.#table);
  }

  #ports(): ForwardedPort[] {
    return this.#options.attachments
      .list()
      .flatMap(({ ports }) => ports.filter(({ target }) => target !== ""));
  }
}

/** For slirp4netns all of the host's addresses are one. */
function keyOf({ protocol, hostIp, hostPort }: ForwardedPort): string {
  return `${protocol} ${isBehindSlirp() ? "" : hostIp} ${hostPort}`;
}

/** Nothing of one whose addresses are not known yet: they come with its bridge. */
function describe(network: NetworkDefinition): FirewalledNetwork[] {
  const { device, pools, internal } = network;
  const bridge = pools.length === 0 ? findBridge(network) : undefined;
  const subnets = bridge ? [formatPrefix(bridge.subnet)] : pools.map(({ subnet }) => subnet);
  const icc = isOn(network, BRIDGE_OPTION.icc);
  const masquerade = isOn(network, BRIDGE_OPTION.masquerade);
  return subnets.length > 0 ? [{ device, subnets, internal, icc, masquerade }] : [];
}
