import type { Filters } from "#filters";

export type { Filters };

export interface IpamConfig {
  /** `172.28.0.0/16`, `fd00:1::/64` */
  readonly Subnet?: string;
  readonly IPRange?: string;
  readonly Gateway?: string;
  readonly AuxiliaryAddresses?: Readonly<Record<string, string>>;
}

/** In the names of Docker's `POST /networks/create`. */
export interface CreateNetworkOptions {
  readonly Name: string;
  /** `bridge` is the only one. */
  readonly Driver?: string;
  /** No way out, nor in. */
  readonly Internal?: boolean;
  readonly Attachable?: boolean;
  readonly EnableIPv6?: boolean;
  readonly IPAM?: {
    readonly Driver?: string;
    readonly Config?: readonly IpamConfig[] | null;
    readonly Options?: Readonly<Record<string, string>> | null;
  };
  /** `com.docker.network.bridge.name`, `com.docker.network.driver.mtu` and their like. */
  readonly Options?: Readonly<Record<string, string>> | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

/** What Docker's `GET /networks/{id}` answers. */
export type NetworkDocument = Readonly<Record<string, unknown>> & {
  readonly Name: string;
  readonly Id: string;
  readonly Driver: string;
  readonly Scope: string;
  readonly Created: string;
  readonly Internal: boolean;
  readonly EnableIPv6: boolean;
  readonly Labels: Readonly<Record<string, string>>;
};

/**
 * The networks of the store, `bridge`, `host` and `none` among them. A `name` is a network's
 * name, its ID or the start of it; an unknown one fails with `not-found` in Docker's words.
 * Containers are connected by the container service.
 */
export interface NetworkService {
  create(options: CreateNetworkOptions): Promise<{ id: string; warning: string }>;
  /** Filters `driver`, `id`, `label`, `name`, `scope`, `type`, `dangling`. */
  list(filters?: Filters): Promise<NetworkDocument[]>;
  inspect(name: string): Promise<NetworkDocument>;
  /** Fails with `conflict` while a container is connected, or for one that is always there. */
  remove(name: string): Promise<void>;
  /** Removes user-defined ones that no container is connected to. */
  prune(filters?: Filters): Promise<{ readonly removed: readonly string[] }>;
}
