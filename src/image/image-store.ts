import type { ContentStore } from "#content";
import type { Snapshotter } from "#snapshot";
import type { State } from "#state";

/** What images are kept in: the blobs, the records, and the trees made of them. */
export interface ImageStore {
  readonly content: ContentStore;
  readonly state: State;
  /** Asked for only when a tree is needed, since its choice is a probe of the machine. */
  readonly snapshotter: () => Promise<Snapshotter>;
}
