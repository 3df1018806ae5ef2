import type { ChainId, DiffId, Digest } from "#oci";

/** An image that is in the store, whether or not a name points at it. */
export interface ImageRow {
  /** The config's digest: the image ID. */
  readonly id: Digest;
  readonly manifest: Digest;
  /** Unix milliseconds of the config's `created`; 0 when it has none. */
  readonly created: number;
  /** Bytes of the files of all layers. */
  readonly size: number;
  /** Unix milliseconds of when it came into this store. */
  readonly added: number;
}

/** A canonical reference (with tag or digest) and the image it names. */
export interface NameRow {
  readonly name: string;
  readonly image: Digest;
}

/** Which stored blob holds a layer, and in what form. */
export interface LayerRow {
  readonly diffId: DiffId;
  readonly blob: Digest;
  readonly mediaType: string;
  /** Bytes of the blob as stored. */
  readonly blobSize: number;
  /** Bytes of its files, as Docker counts a layer: no headers, no padding. */
  readonly size: number;
}

/** A snapshot directory: committed ones are keyed by ChainId, active ones by a key of their user's. */
export interface SnapshotRow {
  /** The directory's number; never used twice. */
  readonly id: number;
  readonly key: string;
  readonly parent: ChainId | undefined;
  readonly driver: string;
  readonly kind: "committed" | "active";
  /** Unix milliseconds of when it was made or committed. */
  readonly created: number;
  /** The machine's boot in which it was written; undefined once it is known to be on disk. */
  readonly boot: string | undefined;
}

/** One remembered build step. */
export interface CacheRow {
  /** Digest of the operation and of everything it read. */
  readonly key: Digest;
  /** The step as the user wrote it, for `builder prune` and `explain`. */
  readonly description: string;
  /** What the step made, as JSON of the builder's own. */
  readonly result: string;
  /** Layers this record keeps alive. */
  readonly layers: readonly DiffId[];
  /** Bytes of the layers it added. */
  readonly size: number;
  readonly created: number;
  readonly used: number;
  readonly uses: number;
}

/** A container as the store knows it; `record` is JSON of the container module's own. */
export interface ContainerRow {
  readonly id: string;
  readonly name: string;
  readonly image: Digest | undefined;
  readonly status: string;
  readonly created: number;
  readonly record: string;
}

/** What a lease can hold: garbage collection leaves it alone while the lease's process lives. */
export type LeaseResource = "blob" | "layer" | "snapshot" | "image" | "container";

/** A live process's claim on resources. Disposing it lets go; so does the process's death. */
export interface Lease extends Disposable {
  readonly id: string;
  hold(resource: LeaseResource, ...keys: string[]): void;
}

export interface LeaseHold {
  readonly resource: LeaseResource;
  readonly key: string;
}

export interface ImageTable {
  get(id: Digest): ImageRow | undefined;
  /** Images whose ID's hex starts with `prefix`. */
  startingWith(prefix: string): ImageRow[];
  /** Newest first. */
  list(): ImageRow[];
  put(row: ImageRow): void;
  delete(id: Digest): boolean;
  /** Notes that a container has it mounted, beside the image that it is made from. */
  use(image: Digest, container: string): void;
  /** A container that is gone has none. */
  release(container: string): void;
  /** All that containers have mounted, whether or not they are still images of the store. */
  uses(): { image: Digest; container: string }[];
}

export interface NameTable {
  get(name: string): Digest | undefined;
  of(image: Digest): string[];
  list(): NameRow[];
  /** Points `name` at `image`; gives the image it pointed at before. */
  set(name: string, image: Digest): Digest | undefined;
  delete(name: string): boolean;
}

export interface LayerTable {
  /** The blobs known to hold this layer. */
  of(diffId: DiffId): LayerRow[];
  byBlob(blob: Digest): LayerRow | undefined;
  list(): LayerRow[];
  put(row: LayerRow): void;
  delete(blob: Digest): boolean;
}

/** Every driver has its own set of keys. */
export interface SnapshotTable {
  get(driver: string, key: string): SnapshotRow | undefined;
  list(): SnapshotRow[];
  /** Those that stand on `chain`. */
  childrenOf(driver: string, chain: ChainId): SnapshotRow[];
  /** `chain` and what it stands on, topmost first; ends early where a committed row is missing. */
  ancestry(driver: string, chain: ChainId): SnapshotRow[];
  /** Reserves a row and so a directory number; fails with `already-exists` when the key is taken. */
  create(row: Pick<SnapshotRow, "key" | "parent" | "driver" | "kind" | "boot">): SnapshotRow;
  /** Turns an active snapshot into the committed one of `chain`; false when that one exists already. */
  commit(id: number, chain: ChainId, boot: string): boolean;
  /** Gives a snapshot to another driver, or a key that nobody has. */
  move(id: number, change: Partial<Pick<SnapshotRow, "driver" | "key">>): void;
  /** Remembers that these are on disk for good. */
  settle(ids: Iterable<number>): void;
  delete(id: number): boolean;
}

export interface CacheTable {
  /** The record, marked as used now. */
  use(key: Digest): CacheRow | undefined;
  list(): CacheRow[];
  put(row: Pick<CacheRow, "key" | "description" | "result" | "layers" | "size">): void;
  delete(key: Digest): boolean;
}

export interface ContainerTable {
  get(id: string): ContainerRow | undefined;
  byName(name: string): ContainerRow | undefined;
  startingWith(prefix: string): ContainerRow[];
  list(): ContainerRow[];
  /** Fails with `conflict` when the name is taken. */
  create(row: ContainerRow): void;
  update(id: string, change: Partial<Pick<ContainerRow, "name" | "status" | "record">>): void;
  delete(id: string): boolean;
}

/** A named directory that outlives containers. */
export interface VolumeRow {
  readonly name: string;
  readonly driver: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  /** Made for a container that asked for one without a name; it may go with that. */
  readonly anonymous: boolean;
  readonly created: number;
}

export interface VolumeTable {
  get(name: string): VolumeRow | undefined;
  /** By name. */
  list(): VolumeRow[];
  /** False when there is one of that name. */
  create(row: VolumeRow): boolean;
  /** Fails with `conflict` while a container uses it; false when there is none. */
  delete(name: string): boolean;
  /** Notes that a container, running or not, has it mounted. */
  use(name: string, container: string): void;
  /** A container that is gone uses none. */
  release(container: string): void;
  /** IDs of the containers that use it. */
  users(name: string): string[];
}

/** A network as the store knows it; `record` is JSON of the network module's own. */
export interface NetworkRow {
  readonly id: string;
  readonly name: string;
  readonly created: number;
  readonly record: string;
}

export interface NetworkTable {
  get(id: string): NetworkRow | undefined;
  byName(name: string): NetworkRow | undefined;
  startingWith(prefix: string): NetworkRow[];
  /** Oldest first. */
  list(): NetworkRow[];
  /** Fails with `conflict` when the name is taken. */
  create(row: NetworkRow): void;
  delete(id: string): boolean;
}

/** Something that happened, in the words of Docker's events. */
export interface EventRow {
  /** Grows from event to event. */
  readonly id: number;
  /** Unix milliseconds. */
  readonly time: number;
  readonly type: "container" | "image" | "volume" | "network" | "builder";
  readonly action: string;
  /** What it happened to: an ID, or a volume's name. */
  readonly actor: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface EventTable {
  /** Notes that it happened now. The oldest are forgotten when there are many. */
  add(event: Pick<EventRow, "type" | "action" | "actor" | "attributes">): void;
  /** Those that came after the one with this ID, in their order. */
  after(id: number): EventRow[];
  /** Those of a time, Unix milliseconds, both ends included. */
  between(since: number, until: number): EventRow[];
  /** The ID of the latest; 0 when nothing has happened. */
  latest(): number;
}

export interface LeaseTable {
  open(purpose: string): Lease;
  /** What living processes hold; dead processes' leases are dropped on the way. */
  held(): LeaseHold[];
}

export interface AddressTable {
  /** Gives `owner` the first of `candidates` nobody has in `network`; fails with `resource-exhausted`. */
  take(network: string, candidates: Iterable<string>, owner: string): string;
  /** All that an owner has; of one network only where that is named. */
  release(owner: string, network?: string): void;
  list(network: string): { address: string; owner: string }[];
  /** Everybody who has one, in whatever network. */
  owners(): string[];
}

/**
 * Things that were found out once and can be found out again: file fingerprints, probe results.
 * Text or bytes by namespace and key; losing them costs time only.
 */
export interface FactTable {
  get(namespace: string, key: string): string | undefined;
  getBytes(namespace: string, key: string): Uint8Array | undefined;
  /** All text facts of a namespace, in one read. */
  all(namespace: string): Map<string, string>;
  put(namespace: string, key: string, value: string | Uint8Array): void;
  /** Many at once, in one transaction. */
  putAll(namespace: string, entries: Iterable<readonly [string, string | Uint8Array]>): void;
  delete(namespace: string, key: string): boolean;
  /** Forgets what was last put before `before` (Unix milliseconds); gives how many. */
  prune(namespace: string, before: number): number;
}

/**
 * The store's records in SQLite (WAL). Every method is one statement or one transaction, safe
 * for any number of processes; `transaction` makes several of them one (BEGIN IMMEDIATE) and
 * takes everything back when `work` throws. What has returned survives kill -9; it also survives
 * a power cut, except leases, facts, snapshots and uses of the cache, which can be made again.
 */
export interface State extends Disposable {
  readonly images: ImageTable;
  readonly names: NameTable;
  readonly layers: LayerTable;
  readonly snapshots: SnapshotTable;
  readonly cache: CacheTable;
  readonly containers: ContainerTable;
  readonly leases: LeaseTable;
  readonly addresses: AddressTable;
  readonly facts: FactTable;
  readonly volumes: VolumeTable;
  readonly networks: NetworkTable;
  readonly events: EventTable;
  /** `durable: false` for records that can be made again: saves the fsync. */
  transaction<T>(work: () => T, options?: { durable?: boolean }): T;
}
