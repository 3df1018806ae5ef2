import type { State } from "#state";

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
  /** The one by which it gets out; present on a bridge. */
  readonly endpoint?: Endpoint;
  /** All of them, by the name of the network; present for containers on bridges. */
  readonly endpoints?: Readonly<Record<string, Endpoint>>;
  readonly ports?: readonly PublishedPort[];
  /**
   * Descriptors that hold the ports: whoever lives as long as the container keeps them open; they
   * are to be closed here when that one has them.
   */
  readonly held?: readonly number[];
}

/** A place in a network. */
export interface Endpoint {
  /** The network's ID; absent for builds. */
  readonly network?: string;
  /** Its own ID. */
  readonly id?: string;
  readonly address: string;
  readonly prefixLength: number;
  /** Empty in a network without a way out. */
  readonly gateway: string;
  readonly mac: string;
  readonly address6?: string;
  readonly prefixLength6?: number;
  readonly gateway6?: string;
  /** The name of the interface inside. */
  readonly device?: string;
  /** What else its container is called there. */
  readonly aliases?: readonly string[];
  /** Who answers for names in this network; absent where nobody does. */
  readonly nameserver?: string;
}

/** A port of a container that can be reached by one of the host's. */
export interface PublishedPort {
  readonly protocol: Protocol;
  readonly containerPort: number;
  /** Of the host; `0.0.0.0` and `::` are all that it has. */
  readonly hostIp: string;
  readonly hostPort: number;
}

export type Protocol = "tcp" | "udp" | "sctp";

/** A place in a network to be had. */
export interface EndpointRequest {
  /** The network's name or ID. */
  readonly network: string;
  /** The first that is free when absent. */
  readonly address?: string;
  readonly address6?: string;
  /** It follows from the address when absent. */
  readonly mac?: string;
  readonly aliases?: readonly string[];
}

/** A port to be published. */
export interface PortRequest {
  readonly protocol: Protocol;
  readonly containerPort: number;
  /** All addresses when empty. */
  readonly hostIp: string;
  /** The first that is free of these; of the system's own choice when absent. */
  readonly hostPorts?: { readonly first: number; readonly last: number };
}

/** What a container asks for. */
export interface AttachOptions {
  /** By which it is known in networks with names. */
  readonly name: string;
  readonly networks: readonly EndpointRequest[];
  readonly ports?: readonly PortRequest[];
  /** Whom to ask for names that no container has, in place of the host's name servers. */
  readonly nameservers?: readonly string[];
}

/** A network in as few words as possible. */
export interface NetworkIdentity {
  readonly id: string;
  readonly name: string;
  readonly driver: "bridge" | "host" | "null";
  readonly builtin: boolean;
  /** The user has said which addresses it has: single ones of them may be asked for. */
  readonly chosenByUser: boolean;
}

/** Connects containers and build steps. An owner is a name its maker knows to be unique. */
export interface Network {
  /** What `bridge` means here, for `info`: the device, or why there is none. */
  describe(): string;
  /** A network by its name, its ID or the start of it; fails with `not-found` in Docker's words. */
  find(name: string): NetworkIdentity;
  /**
   * Connects an owner, a container with options; a failure leaves nothing of it. Fails with
   * `conflict` and Docker's words when a port or an address is taken, with `not-found` for a
   * network that is not there.
   */
  attach(owner: string, wanted: NetworkMode | AttachOptions): Promise<Attachment>;
  /**
   * Lets go of everything of an owner; nothing to let go of is no failure. What others could meet
   * is gone when this returns.
   */
  detach(owner: string): Promise<void>;
  /** Gives a container that is attached one more place. */
  connect(owner: string, request: EndpointRequest): Promise<Endpoint>;
  /** Takes the place in one network away, by the network's name. */
  disconnect(owner: string, network: string): Promise<void>;
  /** What an attached container has now. */
  endpoints(owner: string): Readonly<Record<string, Endpoint>>;
  /** Its container has another name from now on. */
  rename(owner: string, name: string): Promise<void>;
  /** Who is connected, or was when something crashed. One query and two directory reads. */
  owners(): string[];
  /** Starts the name server again if it should run and does not. Nothing to read when all is well. */
  repair(): Promise<void>;
  /** Removes the bridges and all packet filter rules; they come back when needed. */
  remove(): Promise<void>;
}

export interface NetworkOptions {
  /** Twelve hex digits that no other store on this machine has. */
  readonly storeId: string;
  /** Where the namespaces are bound: a directory that a reboot clears. */
  readonly runtimeDir: string;
  readonly state: Pick<State, "addresses" | "networks" | "events">;
  /** Name of the bridge; `shale-` and the store's id when absent. */
  readonly device?: string;
  /** Such as `172.30.0.0/16`; a free private network is chosen when absent. */
  readonly subnet?: string;
}
