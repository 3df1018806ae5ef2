import type { Bytes } from "#bytes";
import type { ImageStore } from "#image";
import type { DiffId } from "#oci";
import type { LayerRow, Lease } from "#state";
import type { SourceTree } from "./context/source-tree.ts";
import type { RootView } from "./ops/copy/root-view.ts";
import type { MountedTrees } from "./ops/mounted-trees.ts";
import type { ContainerPool } from "./ops/run/container-pool.ts";

/** What all steps of one build share. */
export interface BuildSession {
  readonly store: ImageStore;
  /** Holds everything that the build relies on until it is over. */
  readonly lease: Lease;
  /** Aborted when the build is, or when one of its steps has failed. */
  readonly signal: AbortSignal;
  /** The build context behind its ignore file. */
  context(): Promise<SourceTree>;
  /** Trees of layers, mounted read-only until the build is over. */
  readonly trees: MountedTrees;
  /** The names in a stack of layers. */
  view(layers: readonly DiffId[]): RootView;
  /** A path on the store's disk for a file that is soon removed. */
  spool(): string;
  addLayer(tar: Bytes): Promise<LayerRow>;
  /** Where RUN starts its containers. */
  readonly containers: ContainerPool;
  warn(message: string): void;
}
