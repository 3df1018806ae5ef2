import type { Bytes } from "#bytes";
import type { Mount } from "#kernel";
import type { DiffOptions, TreeChange } from "#layer";
import type { ChainId } from "#oci";

export type DriverName = "erofs" | "overlay" | "copy";

export interface MountOptions {
  /**
   * What is written need not reach the disk before the snapshot is committed or dropped: fsync(2)
   * in it does nothing (overlay's `volatile`). It can be mounted again only once it is adopted.
   */
  readonly volatile?: boolean;
}

/** A writable tree on top of a chain of layers. Keyed, so that a later process finds it again. */
export interface ActiveSnapshot {
  readonly key: string;
  readonly parent: ChainId | undefined;
  /**
   * How to mount it, writable; plain data for `kernel`. Fails with `failed-precondition` when
   * its parent's snapshots are not here: {@link Snapshotter.unpack} them first.
   */
  mounts(options?: MountOptions): Mount[];
  /**
   * What was changed since `parent`, as a deterministic layer tar. What is written meanwhile may
   * be in it or not; a file that changes while it is read fails with `failed-precondition`.
   */
  diff(options?: DiffOptions): Bytes;
  /** The names of that, in no particular order. `undefined` is an occasion to rest. */
  changes(options?: DiffOptions): Iterable<TreeChange | undefined>;
  /**
   * Keeps it as the snapshot of a chain, of which the layer is what `diff` gave; when that is
   * here already, this one is removed.
   */
  commit(layer: LayerToUnpack): Promise<void>;
  /** This process keeps it no longer: the record of the container that its key names does. */
  letGo(): void;
  remove(): Promise<void>;
}

export interface LayerToUnpack {
  readonly chain: ChainId;
  readonly parent: ChainId | undefined;
  /** The layer's uncompressed tar; asked for only when it is needed. */
  readonly tar: () => Bytes | Promise<Bytes>;
  /** The same where it is a file of its own, in the same file system. */
  readonly file?: string;
  /** A file that has what `indexLayer` makes of it. */
  readonly index?: string;
  readonly signal?: AbortSignal;
}

/**
 * Makes root file systems out of layers. Committed snapshots are named by ChainId and are
 * derived: the layer blobs are the truth and `unpack` can always make them again.
 *
 * Durability: nothing is synced when a snapshot is made. Its row says in which boot of the
 * machine that was; `settle` syncs and takes the note away. After a power cut (any other boot) a
 * snapshot that was never settled is not trusted: `has` is false for it and all that stands on
 * it, `unpack` makes it anew. An active snapshot cannot be made again and is what the file
 * system has kept of it.
 *
 * Liveness: a process that makes snapshots holds them by a lease until they are committed. An
 * active snapshot outlives its process only when it is a container's: keyed by the container's
 * ID, which has a row.
 */
export interface Snapshotter {
  /** What new snapshots are made with; those that are here keep the driver that made them. */
  readonly driver: DriverName;
  /** How many layers can be put on top of each other. */
  readonly mostLayers: number;
  /** Whether a layer's tar stays as it is: one that comes as a file is not read. */
  readonly keepsTars: boolean;
  /** Whether `chain` and all below it can be mounted. */
  has(chain: ChainId): boolean;
  /**
   * Makes the snapshot of `chain`: its parent's tree and one layer's uncompressed tar on top.
   * The parent must be here (`failed-precondition`). Two processes asking for the same chain do
   * it once. A failure leaves nothing behind.
   */
  unpack(layer: LayerToUnpack): Promise<void>;
  /** A new active snapshot on `parent`; fails with `already-exists` when `key` is taken. */
  prepare(parent: ChainId | undefined, key?: string): Promise<ActiveSnapshot>;
  /** The active snapshot of this key; fails with `not-found`. */
  active(key: string): ActiveSnapshot;
  /**
   * The same, made this driver's if it is another's. Its parent must be here
   * (`failed-precondition`), and it must not be mounted. The layers below it, lowest first, are
   * unpacked with the other driver where that needs them.
   */
  adopt(key: string, layers: readonly LayerToUnpack[]): Promise<ActiveSnapshot>;
  /** How to mount a committed snapshot read-only; fails with `not-found`. */
  view(chain: ChainId): Mount[];
  /**
   * Removes a committed snapshot, of any driver; fails with `conflict` while another one stands
   * on it; one that is not here is not an error. Rows are changed before the first wait, so that
   * it can be called inside a transaction and awaited after it.
   */
  remove(chain: ChainId): Promise<void>;
  /**
   * Removes the committed snapshots of other drivers that no active one stands on and no living
   * process holds; gives how many.
   */
  removeForeign(): Promise<number>;
  /** Bytes on disk (blocks, a hard-linked file once) that the snapshot of a chain or key alone takes. */
  usage(key: string): Promise<number>;
  /** Syncs what is not yet known to be on disk, so that a power cut cannot take it away. */
  settle(): Promise<void>;
  /**
   * Removes directories that no row names, rows that have no directory, snapshots that are not
   * trusted any more, and active ones that belong to no living process and no container.
   */
  repair(): Promise<void>;
}
