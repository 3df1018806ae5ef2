import { ensureUnpacked, type ImageStore } from "#image";
import { mountAll } from "#kernel";
import { chainsOf, type DiffId } from "#oci";
import type { Lease } from "#state";
import type { BuildDirectory } from "../build-directory.ts";

export interface MountedTreesOptions {
  readonly store: ImageStore;
  readonly lease: Lease;
  readonly directory: () => BuildDirectory;
  readonly signal: AbortSignal;
}

/** Stacks of layers mounted read-only, each once, for as long as the build's directory lives. */
export class MountedTrees {
  readonly #options: MountedTreesOptions;
  readonly #mounted = new Map<string, Promise<string>>();

  constructor(options: MountedTreesOptions) {
    this.#options = options;
  }

  /** The path where the merged tree of these layers is. */
  mount(layers: readonly DiffId[]): Promise<string> {
    const key = chainsOf(layers).at(-1) ?? "";
    const known = this.#mounted.get(key);
    if (known !== undefined) return known;
    const mounted = this.#mount(layers, this.#mounted.size);
    this.#mounted.set(key, mounted);
    return mounted;
  }

  async #mount(layers: readonly DiffId[], number: number): Promise<string> {
    const { store, lease, signal, directory } = this.#options;
    const target = directory().make("trees", String(number));
    const chain = await ensureUnpacked(store, layers, lease, { signal });
    if (chain === undefined) return target;
    const snapshotter = await store.snapshotter();
    mountAll(snapshotter.view(chain), target);
    return target;
  }
}
