import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fail } from "#errors";
import { bootId, lockFile, type Mount, runTool } from "#kernel";
import { type ChainId, hexOf } from "#oci";
import type { Lease, SnapshotRow, State } from "#state";
import { StoredActiveSnapshot } from "./active-snapshot.ts";
import type { Directories } from "./directories.ts";
import type { Driver } from "./driver.ts";
import { repairSnapshots } from "./repair.ts";
import type { ActiveSnapshot, DriverName, LayerToUnpack, Snapshotter } from "./snapshotter.ts";

/** What is older than this has mostly been written by the kernel already: syncing it is cheap. */
const SETTLE_AFTER_MS = 60_000;

/** A directory that is being filled, and what keeps it from being taken for a dead one. */
export interface Begun {
  readonly row: SnapshotRow;
  readonly lease: Lease;
}

/** Snapshots by the rows of the state and the directories below `root`; drivers fill and mount them. */
export class LayeredSnapshotter implements Snapshotter {
  readonly driver: DriverName;
  readonly directories: Directories;
  readonly #root: string;
  readonly #state: State;
  readonly #drivers: readonly Driver[];
  readonly #boot = bootId();

  /** The first of `drivers` makes new snapshots; the others serve those that are here. */
  constructor(root: string, state: State, directories: Directories, drivers: readonly Driver[]) {
    this.#root = root;
    this.#state = state;
    this.#drivers = drivers;
    this.directories = directories;
    this.driver = drivers[0]!.name;
  }

  get mostLayers(): number {
    return this.#driver.mostLayers;
  }

  get keepsTars(): boolean {
    return this.#driver.keepsTars;
  }

  has(chain: ChainId): boolean {
    return this.chain(this.driver, chain) !== undefined;
  }

  async unpack(layer: LayerToUnpack): Promise<void> {
    if (this.#isHere(layer.chain)) return;
    await using _ = await this.#lock(layer);
    if (this.#isHere(layer.chain)) return;
    const settled = this.settle(SETTLE_AFTER_MS).catch(() => {
      // Not settled is what they were before: the next one to unpack tries again.
    });
    await this.#unpackNew(layer);
    await settled;
  }

  async prepare(
    parent: ChainId | undefined,
    key: string = crypto.randomUUID(),
  ): Promise<ActiveSnapshot> {
    // Whoever finds a snapshot by its key finds a whole one, also after a crash.
    const begun = this.#begin(`prepare-${crypto.randomUUID()}`, parent);
    await this.#orDrop(begun, async () => {
      await this.#driver.prepare(begun.row.id, this.lowers(begun.row));
      this.#name(begun, key);
    });
    return new StoredActiveSnapshot(this, this.#driver, { ...begun.row, key }, begun.lease);
  }

  active(key: string): ActiveSnapshot {
    const row = this.#find(key);
    if (row?.kind !== "active") fail("not-found", `there is no active snapshot ${key}`);
    return new StoredActiveSnapshot(this, this.#driverOf(row), row, undefined);
  }

  async adopt(key: string, layers: readonly LayerToUnpack[]): Promise<ActiveSnapshot> {
    const row = this.#find(key);
    if (row?.kind !== "active") fail("not-found", `there is no active snapshot ${key}`);
    // Overlay's mark of a volatile mount: it guards against a crash, which who adopts has not had.
    rmSync(join(this.directories.work(row.id), "work/incompat"), { recursive: true, force: true });
    const from = this.#driverOf(row);
    if (from === this.#driver) return this.active(key);
    const adopted = { ...row, driver: this.driver };
    this.lowers(adopted);
    if (from.form !== this.#driver.form) return await this.#convert(row, from, layers);
    this.#state.snapshots.move(row.id, { driver: this.driver });
    return new StoredActiveSnapshot(this, this.#driver, adopted, undefined);
  }

  async removeForeign(): Promise<number> {
    const removed = this.#state.transaction(() => this.#dropForeign());
    await this.directories.empty(removed);
    return removed.length;
  }

  view(chain: ChainId): Mount[] {
    const ids = this.chain(this.driver, chain);
    return this.#driver.view(ids ?? fail("not-found", `snapshot ${chain} is not unpacked`));
  }

  async remove(chain: ChainId): Promise<void> {
    const removed = this.#state.transaction(() =>
      this.#drivers.flatMap(({ name }) => this.#removeRow(name, chain)),
    );
    await this.directories.empty(removed);
  }

  async usage(key: string): Promise<number> {
    const row = this.#find(key) ?? fail("not-found", `there is no snapshot ${key}`);
    return await this.#driverOf(row).usage(row.id);
  }

  async settle(olderThanMs = 0): Promise<void> {
    const before = Date.now() - olderThanMs;
    const ids = this.#state.snapshots
      .list()
      .filter((row) => row.kind === "committed" && row.boot === this.#boot && row.created <= before)
      .map((row) => row.id);
    if (ids.length === 0) return;
    await this.#sync();
    this.#state.snapshots.settle(ids);
  }

  async repair(): Promise<void> {
    const removed = repairSnapshots(
      this.#state,
      this.directories,
      (row) => this.#isThere(row),
      (used) => {
        for (const driver of this.#drivers) driver.release(used);
      },
    );
    await this.directories.empty([...removed, ...this.directories.retired()]);
  }

  /** The directories of a chain, topmost first; undefined unless all of it can be mounted. */
  chain(driver: string, chain: ChainId): number[] | undefined {
    const rows = this.#state.snapshots.ancestry(driver, chain);
    const isWhole = rows.length > 0 && rows.at(-1)?.parent === undefined;
    return isWhole && rows.every((row) => this.#isTrusted(row))
      ? rows.map((row) => row.id)
      : undefined;
  }

  /** The directories that a snapshot stands on, topmost first. */
  lowers({ driver, parent }: SnapshotRow): number[] {
    if (parent === undefined) return [];
    return (
      this.chain(driver, parent) ??
      fail("failed-precondition", `snapshot ${parent} is not unpacked (${driver}): unpack it first`)
    );
  }

  /** Turns what was begun into the snapshot of `chain`; false when that is here already. */
  async publish(row: SnapshotRow, chain: ChainId): Promise<boolean> {
    const distrusted: number[] = [];
    const isFirst = this.#state.transaction(
      () => {
        const there = this.#state.snapshots.get(row.driver, chain);
        if (there && !this.#isTrusted(there)) distrusted.push(...this.#drop(there));
        return this.#state.snapshots.commit(row.id, chain, this.#boot);
      },
      { durable: false },
    );
    await this.directories.empty(distrusted);
    return isFirst;
  }

  /** Removes a snapshot that nothing stands on. */
  async discard(row: SnapshotRow): Promise<void> {
    await this.directories.empty(this.#state.transaction(() => this.#drop(row)));
  }

  get #driver(): Driver {
    return this.#drivers[0]!;
  }

  #driverOf(row: SnapshotRow): Driver {
    const driver = this.#drivers.find(({ name }) => name === row.driver);
    return driver ?? fail("unsupported", `snapshot ${row.key} was made by driver ${row.driver}`);
  }

  #find(key: string): SnapshotRow | undefined {
    for (const { name } of this.#drivers) {
      const row = this.#state.snapshots.get(name, key);
      if (row) return row;
    }
    return undefined;
  }

  #isTrusted(row: SnapshotRow): boolean {
    return this.#isThere(row) && this.#driverOf(row).isWhole(row.id);
  }

  /** The same without a look into it. */
  #isThere(row: SnapshotRow): boolean {
    const isOnDisk = row.boot === undefined || row.boot === this.#boot;
    return isOnDisk && row.kind === "committed" && this.#driverOf(row).isThere(row.id);
  }

  /** Whether this one layer is here; what it stands on is looked at when it is mounted. */
  #isHere(chain: ChainId): boolean {
    const row = this.#state.snapshots.get(this.driver, chain);
    return row !== undefined && this.#isTrusted(row);
  }

  /** Chains share locks, so that their files do not pile up; nobody takes two of them. */
  async #lock({ chain, signal }: LayerToUnpack): Promise<AsyncDisposable> {
    const locks = join(this.#root, "locks");
    mkdirSync(locks, { recursive: true, mode: 0o700 });
    const path = join(locks, `snapshot-${hexOf(chain).slice(0, 2)}`);
    return await lockFile(path, "exclusive", signal ? { signal } : {});
  }

  async #unpackNew({ chain, parent, signal, ...source }: LayerToUnpack): Promise<void> {
    const begun = this.#begin(`unpack-${crypto.randomUUID()}`, parent);
    using _ = begun.lease;
    const { row } = begun;
    await this.#orDrop(begun, async () => {
      await this.#driver.unpack(source, row.id, this.lowers(row), { signal });
      if (!(await this.publish(row, chain))) await this.discard(row);
    });
  }

  /** A held row and its empty directory. The parent cannot be removed from here on. */
  #begin(key: string, parent: ChainId | undefined): Begun {
    const begun = this.#state.transaction(() => this.#reserve(key, parent), { durable: false });
    try {
      this.directories.create(begun.row.id);
      return begun;
    } catch (error) {
      this.#state.snapshots.delete(begun.row.id);
      begun.lease[Symbol.dispose]();
      throw error;
    }
  }

  #reserve(key: string, parent: ChainId | undefined): Begun {
    const lease = this.#state.leases.open(`snapshot ${key}`);
    lease.hold("snapshot", key);
    const { driver } = this;
    const boot = this.#boot;
    const row = this.#state.snapshots.create({ key, parent, driver, kind: "active", boot });
    this.lowers(row);
    return { row, lease };
  }

  #name({ row, lease }: Begun, key: string): void {
    this.#state.transaction(
      () => {
        if (this.#state.snapshots.get(row.driver, key))
          fail("already-exists", `there is a snapshot ${key} already`);
        lease.hold("snapshot", key);
        this.#state.snapshots.move(row.id, { key });
      },
      { durable: false },
    );
  }

  async #orDrop({ row, lease }: Begun, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.discard(row);
      lease[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Makes the same changes to a new snapshot, which takes the place of the old one once it is on
   * disk: what a container has written cannot be made again.
   */
  async #convert(
    row: SnapshotRow,
    from: Driver,
    layers: readonly LayerToUnpack[],
  ): Promise<ActiveSnapshot> {
    await this.#unpackWith(from, layers);
    const begun = this.#begin(`adopt-${crypto.randomUUID()}`, row.parent);
    const { id } = begun.row;
    await this.#orDrop(begun, async () => {
      const changes = from.diff(row.id, this.lowers(row), {});
      await this.#driver.restore(changes, id, this.lowers(begun.row));
      await this.#sync();
    });
    this.#state.transaction(() => {
      this.#state.snapshots.delete(row.id);
      this.#state.snapshots.move(id, { key: row.key });
    });
    begun.lease[Symbol.dispose]();
    this.directories.retire(row.id);
    await this.directories.empty([row.id]);
    return this.active(row.key);
  }

  /** Sees to it that another driver has these, lowest first, where its snapshots need them. */
  async #unpackWith(driver: Driver, layers: readonly LayerToUnpack[]): Promise<void> {
    const drivers = [driver, ...this.#drivers.filter((other) => other !== driver)];
    const its = new LayeredSnapshotter(this.#root, this.#state, this.directories, drivers);
    for (const layer of layers) await its.unpack(layer);
  }

  async #sync(): Promise<void> {
    await runTool(["sync", "-f", this.directories.base]);
  }

  /** Again and again: when one has gone, nothing may stand on the one below it any more. */
  #dropForeign(): number[] {
    const held = new Set(this.#state.leases.held().map(({ key }) => key));
    const free = this.#state.snapshots
      .list()
      .filter(
        ({ driver, kind, key }) =>
          kind === "committed" &&
          driver !== this.driver &&
          !held.has(key) &&
          this.#state.snapshots.childrenOf(driver, key as ChainId).length === 0,
      );
    const dropped = free.flatMap((row) => this.#drop(row));
    return dropped.length === 0 ? [] : [...dropped, ...this.#dropForeign()];
  }

  #removeRow(driver: DriverName, chain: ChainId): number[] {
    const row = this.#state.snapshots.get(driver, chain);
    if (!row) return [];
    const [child] = this.#state.snapshots.childrenOf(driver, chain);
    if (child) fail("conflict", `snapshot ${chain} cannot be removed: ${child.key} stands on it`);
    return this.#drop(row);
  }

  #drop(row: SnapshotRow): number[] {
    this.#state.snapshots.delete(row.id);
    this.#driverOf(row).drop(row.id);
    this.directories.retire(row.id);
    return [row.id];
  }
}
