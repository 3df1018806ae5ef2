import type { ContentStore } from "#content";
import type { Snapshotter } from "#snapshot";
import type { State } from "#state";
import type { LayerIndexes } from "./layer-indexes.ts";

/** What images are kept in: the blobs, the records, and the trees made of them. */
export interface ImageStore {
  readonly content: ContentStore;
  readonly state: State;
  readonly indexes: LayerIndexes;
  /** Asked for only when a tree is needed, since its choice is a probe of the machine. */
  readonly snapshotter: () => Promise<Snapshotter>;
}
