import type { Bytes } from "#bytes";
import type { Mount } from "#kernel";
import type { DriverName, MountOptions } from "./snapshotter.ts";

export interface Work {
  readonly signal?: AbortSignal | undefined;
}

/**
 * How trees of layers are kept on disk and put together. Directories go by their number;
 * `lowers` are those of the chain that one stands on, topmost first.
 */
export interface Driver {
  readonly name: DriverName;
  /** Fills the new, empty directory `id` with one layer, to stand on `lowers`. */
  unpack(tar: Bytes, id: number, lowers: readonly number[], work: Work): Promise<void>;
  /** Makes the new, empty directory `id` ready to be written to. */
  prepare(id: number, lowers: readonly number[]): Promise<void>;
  mounts(id: number, lowers: readonly number[], options: MountOptions): Mount[];
  diff(id: number, lowers: readonly number[], work: Work): Bytes;
  /** Leaves in the directory `id` only what a committed snapshot needs. */
  finish(id: number): Promise<void>;
  /** How to mount a chain read-only; its topmost directory comes first. */
  view(chain: readonly number[]): Mount[];
}
