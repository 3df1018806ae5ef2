import type { Bytes } from "#bytes";
import type { Mount } from "#kernel";
import type { DiffOptions, TreeChange } from "#layer";
import type { DriverName, LayerToUnpack, MountOptions } from "./snapshotter.ts";

export interface Work {
  readonly signal?: AbortSignal | undefined;
}

/** Where a driver gets a layer from. */
export type LayerSource = Pick<LayerToUnpack, "tar" | "file" | "index">;

/**
 * How trees of layers are kept on disk and put together. Directories go by their number;
 * `lowers` are those of the chain that one stands on, topmost first.
 */
export interface Driver {
  readonly name: DriverName;
  /**
   * What a directory that is written to holds: the changes, in overlay's form, or the whole tree.
   * Drivers that agree in it can take over each other's.
   */
  readonly form: "changes" | "tree";
  readonly mostLayers: number;
  /** Whether a layer's tar stays as it is. */
  readonly keepsTars: boolean;
  /** Fills the new, empty directory `id` with one layer, to stand on `lowers`. */
  unpack(layer: LayerSource, id: number, lowers: readonly number[], work: Work): Promise<void>;
  /** Makes the new, empty directory `id` ready to be written to. */
  prepare(id: number, lowers: readonly number[]): Promise<void>;
  /** As `prepare`, with these changes (a layer's tar) made already. */
  restore(changes: Bytes, id: number, lowers: readonly number[]): Promise<void>;
  mounts(id: number, lowers: readonly number[], options: MountOptions): Mount[];
  diff(id: number, lowers: readonly number[], options: DiffOptions): Bytes;
  changes(
    id: number,
    lowers: readonly number[],
    options: DiffOptions,
  ): Iterable<TreeChange | undefined>;
  /** Leaves in the directory `id`, whose changes are this layer, what a committed snapshot needs. */
  finish(layer: LayerSource, id: number, lowers: readonly number[]): Promise<void>;
  /** How to mount a chain read-only; its topmost directory comes first. */
  view(chain: readonly number[]): Mount[];
  /** Whether what the committed snapshot `id` is made of is there. */
  isThere(id: number): boolean;
  /** Whether that is as it was written. */
  isWhole(id: number): boolean;
  /** Bytes on disk that this one alone takes. */
  usage(id: number): Promise<number>;
  /** What is not on disk of a snapshot that is going is given back. */
  drop(id: number): void;
  /** The same for all but the committed snapshots that are in use. */
  release(used: ReadonlySet<number>): void;
}
