import type { Mount } from "#kernel";
import type { Directories } from "../directories.ts";

/** Where the layers are that an overlay puts together. */
export interface LayerPlaces {
  /** What the relative paths of mount options start from. */
  readonly base: string;
  /** A committed layer's tree, relative to `base`; short, since a hundred fit into a page. */
  lower(id: number): string;
  /** The directory of a snapshot that is written to, relative to `base`. */
  upper(id: number): string;
  /** A committed layer's tree. */
  tree(id: number): string;
  /** What has to be mounted before the trees of these can be read. */
  mounts(ids: readonly number[]): Mount[];
  /** Sees to it that the trees of these can be read. */
  makeReadable(ids: readonly number[]): void;
}

/** Layers that are directories. */
export function directoryPlaces(directories: Directories): LayerPlaces {
  return {
    base: directories.base,
    lower: (id) => `${id}/fs`,
    upper: (id) => `${id}`,
    tree: (id) => directories.tree(id),
    mounts: () => [],
    makeReadable() {},
  };
}
