import { existsSync } from "node:fs";
import type { Bytes } from "#bytes";
import type { Mount } from "#kernel";
import type { DiffOptions, TreeChange } from "#layer";
import type { Directories } from "../directories.ts";
import type { Driver, LayerSource, Work } from "../driver.ts";
import { diskUsage } from "../usage.ts";

/**
 * Every snapshot is a whole tree, copied from the one it stands on: slow and large, but it needs
 * nothing of the kernel. Only the topmost directory of a chain is ever looked at.
 */
export class CopyDriver implements Driver {
  readonly name = "copy";
  readonly form = "tree";
  readonly mostLayers = Number.POSITIVE_INFINITY;
  readonly keepsTars = false;
  readonly #directories: Directories;
  readonly #rootless: boolean;

  constructor(directories: Directories, rootless: boolean) {
    this.#directories = directories;
    this.#rootless = rootless;
  }

  async unpack(
    layer: LayerSource,
    id: number,
    lowers: readonly number[],
    work: Work,
  ): Promise<void> {
    const { applyLayer } = await import("#layer");
    await this.#copyParent(id, lowers, work);
    await applyLayer(await layer.tar(), this.#directories.tree(id), {
      whiteouts: "remove",
      devices: this.#rootless ? "skip" : "require",
      ...(work.signal && { signal: work.signal }),
    });
  }

  async prepare(id: number, lowers: readonly number[]): Promise<void> {
    await this.#copyParent(id, lowers, {});
  }

  restore(changes: Bytes, id: number, lowers: readonly number[]): Promise<void> {
    return this.unpack({ tar: () => changes }, id, lowers, {});
  }

  mounts(id: number): Mount[] {
    return [this.#bind(id, "rw")];
  }

  diff(id: number, lowers: readonly number[], options: DiffOptions): Bytes {
    const { diffDirectories } = require("#layer") as typeof import("#layer");
    return diffDirectories(this.#parentTree(lowers), this.#directories.tree(id), options);
  }

  changes(
    id: number,
    lowers: readonly number[],
    options: DiffOptions,
  ): Iterable<TreeChange | undefined> {
    const { directoryChanges } = require("#layer") as typeof import("#layer");
    return directoryChanges(this.#parentTree(lowers), this.#directories.tree(id), options);
  }

  async finish(): Promise<void> {}

  view([top]: readonly number[]): Mount[] {
    return [this.#bind(top!, "ro")];
  }

  isThere(id: number): boolean {
    return existsSync(this.#directories.tree(id));
  }

  isWhole(id: number): boolean {
    return this.isThere(id);
  }

  usage(id: number): Promise<number> {
    return diskUsage(this.#directories.whole(id));
  }

  drop(): void {}

  release(): void {}

  #parentTree([parent]: readonly number[]): string | undefined {
    return parent === undefined ? undefined : this.#directories.tree(parent);
  }

  async #copyParent(id: number, [parent]: readonly number[], { signal }: Work): Promise<void> {
    if (parent === undefined) return;
    const { copyTree } = await import("#layer");
    const [from, to] = [this.#directories.tree(parent), this.#directories.tree(id)];
    await copyTree(from, to, signal ? { signal } : {});
  }

  #bind(id: number, access: "ro" | "rw"): Mount {
    return { type: "bind", source: this.#directories.tree(id), options: ["bind", access] };
  }
}
