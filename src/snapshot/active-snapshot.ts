import type { Bytes } from "#bytes";
import type { Mount } from "#kernel";
import type { DiffOptions, TreeChange } from "#layer";
import type { ChainId } from "#oci";
import type { Lease, SnapshotRow } from "#state";
import type { Driver } from "./driver.ts";
import type { ActiveSnapshot, LayerToUnpack, MountOptions } from "./snapshotter.ts";

/** What an active snapshot needs of the snapshotter that it belongs to. */
export interface Home {
  lowers(row: SnapshotRow): number[];
  publish(row: SnapshotRow, chain: ChainId): Promise<boolean>;
  discard(row: SnapshotRow): Promise<void>;
}

export class StoredActiveSnapshot implements ActiveSnapshot {
  readonly #home: Home;
  readonly #driver: Driver;
  readonly #row: SnapshotRow;
  readonly #lease: Lease | undefined;

  constructor(home: Home, driver: Driver, row: SnapshotRow, lease: Lease | undefined) {
    this.#home = home;
    this.#driver = driver;
    this.#row = row;
    this.#lease = lease;
  }

  get key(): string {
    return this.#row.key;
  }

  get parent(): ChainId | undefined {
    return this.#row.parent;
  }

  mounts(options: MountOptions = {}): Mount[] {
    return this.#driver.mounts(this.#row.id, this.#home.lowers(this.#row), options);
  }

  diff(options: DiffOptions = {}): Bytes {
    return this.#driver.diff(this.#row.id, this.#home.lowers(this.#row), options);
  }

  changes(options: DiffOptions = {}): Iterable<TreeChange | undefined> {
    return this.#driver.changes(this.#row.id, this.#home.lowers(this.#row), options);
  }

  async commit(layer: LayerToUnpack): Promise<void> {
    await this.#driver.finish(layer, this.#row.id, this.#home.lowers(this.#row));
    if (!(await this.#home.publish(this.#row, layer.chain))) await this.#home.discard(this.#row);
    this.#lease?.[Symbol.dispose]();
  }

  letGo(): void {
    this.#lease?.[Symbol.dispose]();
  }

  async remove(): Promise<void> {
    await this.#home.discard(this.#row);
    this.#lease?.[Symbol.dispose]();
  }
}
