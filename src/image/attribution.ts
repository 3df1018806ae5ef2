import { type ChainId, type DiffId, type Digest, isDigest } from "#oci";
import type { State } from "#state";
import type { Holdings } from "./holdings.ts";
import { type Marks, markCache, markConfigs, markImages, noMarks } from "./mark.ts";
import type { StoreBlocks } from "./store-blocks.ts";

/** Whose space it is; `records` are the store's own and what nobody needs any more. */
export type Owner = "images" | "containers" | "volumes" | "buildCache" | "records";

/** What a group of blocks is, as far as that says who needs it. */
interface Subject {
  readonly blob?: Digest;
  readonly layer?: DiffId;
  readonly chain?: ChainId;
  readonly container?: string;
}

/** Finds out whose the groups of a store's blocks are: each has one owner. */
export class Attribution {
  readonly #state: State;
  readonly #holdings: Holdings;
  readonly #blocks: StoreBlocks;
  readonly #subjects: ReadonlyMap<string, Subject>;
  readonly #owners: ReadonlyMap<string, Owner>;

  constructor(state: State, holdings: Holdings, blocks: StoreBlocks) {
    this.#state = state;
    this.#holdings = holdings;
    this.#blocks = blocks;
    const groups = [...blocks.keys()];
    const snapshots = new Map(state.snapshots.list().map((row) => [`snapshots/${row.id}`, row]));
    this.#subjects = new Map(
      groups.map((group) => {
        const row = snapshots.get(group);
        const chain = row?.kind === "committed" ? (row.key as ChainId) : undefined;
        if (row) return [group, chain ? { chain } : { container: row.key }];
        return [group, subjectOf(state, group)];
      }),
    );
    this.#owners = this.#attribute();
  }

  /** Bytes of everything that an owner has. */
  total(owner: Owner): number {
    return this.#sum((group) => this.#owners.get(group) === owner);
  }

  /** Bytes that would be free if of the images only these were left. */
  beyond(images: readonly { id: Digest; manifest: Digest }[]): number {
    const needed = markImages(this.#holdings, images);
    const isFree = (group: string) => !covers(needed, this.#subjects.get(group)!);
    return this.#sum((group) => this.#owners.get(group) === "images" && isFree(group));
  }

  /** Bytes of a container's own: its folder and its writable tree. */
  ofContainer(id: string): number {
    return this.#sum((group) => this.#subjects.get(group)?.container === id);
  }

  #attribute(): Map<string, Owner> {
    const state = this.#state;
    const images = markImages(this.#holdings, state.images.list());
    const used = state.containers.list().flatMap(({ image }) => image ?? []);
    const containers = markConfigs(noMarks(), this.#holdings, used);
    const cache = markCache(noMarks(), state);
    const ownerOf = (group: string, subject: Subject): Owner => {
      if (group.startsWith("volumes/")) return "volumes";
      if (covers(images, subject)) return "images";
      const isContainer = subject.container && state.containers.get(subject.container);
      if (isContainer || covers(containers, subject)) return "containers";
      return covers(cache, subject) ? "buildCache" : "records";
    };
    return new Map(
      Array.from(this.#subjects, ([group, subject]) => [group, ownerOf(group, subject)]),
    );
  }

  #sum(isMeant: (group: string) => boolean): number {
    let bytes = 0;
    for (const [group, size] of this.#blocks) if (isMeant(group)) bytes += size;
    return bytes;
  }
}

function subjectOf(state: State, group: string): Subject {
  const [folder, first = "", second = ""] = group.split("/");
  if (folder === "containers") return { container: first };
  const blob = `${first}:${second}`;
  if (!isDigest(blob)) return {};
  if (folder === "indexes") return { layer: blob as DiffId };
  if (folder !== "blobs") return {};
  const layer = state.layers.byBlob(blob)?.diffId;
  return { blob, ...(layer && { layer }) };
}

function covers(marks: Marks, { blob, layer, chain }: Subject): boolean {
  return (
    (blob !== undefined && marks.blobs.has(blob)) ||
    (layer !== undefined && marks.layers.has(layer)) ||
    (chain !== undefined && marks.chains.has(chain))
  );
}
