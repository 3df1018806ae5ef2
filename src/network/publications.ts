import { KindedError, kindOf, messageOf } from "#errors";
import type { Attachments, ForwardedPort, StoredAttachment } from "./attachments.ts";
import { openLoopback } from "./bridge.ts";
import { type Cable, setCableFlags } from "./cable.ts";
import { BRIDGE_OPTION, isOn, type NetworkDefinition } from "./definition.ts";
import { chooseWay } from "./gateway.ts";
import { isBehindSlirp } from "./home.ts";
import type { Endpoint, PortRequest } from "./network.ts";
import { type HeldPorts, holdPorts, releasePorts } from "./ports.ts";
import type { StoreFirewall } from "./store-firewall.ts";

const NONE: HeldPorts = { ports: [], held: [] };

/** The published ports of the containers of a store. */
export class Publications {
  readonly #attachments: Attachments;
  readonly #firewall: StoreFirewall;
  /** The store's runtime directory. */
  readonly #directory: string;

  constructor(attachments: Attachments, firewall: StoreFirewall, directory: string) {
    this.#attachments = attachments;
    this.#firewall = firewall;
    this.#directory = directory;
  }

  /** Takes the ports on the host. A container without a way out gets none, as with Docker. */
  hold(
    requests: readonly PortRequest[],
    { name, endpoints }: StoredAttachment,
    cables: readonly Cable[],
  ): HeldPorts {
    const way = chooseWay(endpoints);
    if (way === undefined || requests.length === 0) return NONE;
    const { network } = cables.find(({ bridge }) => bridge.network.id === way.network)!.bridge;
    const target = { ...targetOf(way), hostIp: defaultHostIp(network) };
    try {
      return this.#release(holdPorts(requests, target, () => this.#taken()));
    } catch (error) {
      return failEndpoint(name, way, error);
    }
  }

  /** Lets packets come, once the container is connected. */
  async start({ name, endpoints, ports }: StoredAttachment, cables: readonly Cable[]) {
    for (const { link, bridge } of cables) {
      const isolated = !isOn(bridge.network, BRIDGE_OPTION.icc);
      if (isolated || ports.length > 0) setCableFlags(link, { hairpin: true, isolated });
      if (ports.length > 0) openLoopback(bridge.network.device);
    }
    if (isBehindSlirp() && ports.length > 0) {
      const { forwardPorts } = await import("./slirp/slirp-ports.ts");
      await forwardPorts(this.#directory, ports).catch((error) =>
        failEndpoint(name, chooseWay(endpoints)!, error),
      );
    }
    this.#firewall.forward(ports);
  }

  async stop({ owner, ports }: StoredAttachment): Promise<void> {
    this.#firewall.stop(owner, ports);
    if (!isBehindSlirp() || ports.length === 0) return;
    const { dropPorts } = await import("./slirp/slirp-ports.ts");
    await dropPorts(this.#directory, ports);
  }

  /** Has slirp4netns take the ports of all containers again: it is a new one. */
  async restart(): Promise<void> {
    const { forwardPorts } = await import("./slirp/slirp-ports.ts");
    await forwardPorts(this.#directory, this.#taken());
  }

  /** Sends packets to where the container is to be reached now, and keeps that. */
  move(after: StoredAttachment): void {
    const way = chooseWay(after.endpoints);
    this.#firewall.stop(after.owner, after.ports);
    const ports = after.ports.map((port) => retarget(port, way));
    this.#attachments.put({ ...after, ports });
    this.#firewall.forward(ports);
  }

  #taken(): ForwardedPort[] {
    return this.#attachments.list().flatMap(({ ports }) => ports);
  }

  /** What slirp4netns is to take nobody else may have; until then the socket tells that it is free. */
  #release({ ports, held }: HeldPorts): HeldPorts {
    if (!isBehindSlirp()) return { ports, held };
    releasePorts(held);
    return { ports, held: [] };
  }
}

function targetOf({ address, address6 }: Endpoint) {
  return { address, address6 };
}

function defaultHostIp({ options }: NetworkDefinition): string {
  return options[BRIDGE_OPTION.hostBinding] || "0.0.0.0";
}

/** Nowhere while the container has no way out. */
function retarget(port: ForwardedPort, way: Endpoint | undefined): ForwardedPort {
  const isIpv6 = port.hostIp.includes(":");
  return { ...port, target: (isIpv6 ? way?.address6 : way?.address) ?? "" };
}

/** In Docker's words. */
function failEndpoint(name: string, { id }: Endpoint, error: unknown): never {
  const what = `driver failed programming external connectivity on endpoint ${name} (${id})`;
  throw new KindedError(kindOf(error), `${what}: ${messageOf(error)}`, error);
}
