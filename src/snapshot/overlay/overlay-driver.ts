import { existsSync, mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import type { Bytes } from "#bytes";
import type { Mount } from "#kernel";
import type { DiffOptions, DiffOverlayOptions, TreeChange } from "#layer";
import type { Directories } from "../directories.ts";
import type { Driver, LayerSource, Work } from "../driver.ts";
import { copyRootAttributes } from "../root-attributes.ts";
import type { MountOptions } from "../snapshotter.ts";
import { diskUsage } from "../usage.ts";
import { directoryPlaces, type LayerPlaces } from "./layer-places.ts";
import { FIXED_OPTIONS, type OverlayMode } from "./options.ts";

/** The kernel's OVL_MAX_STACK. */
export const MOST_LOWERS = 500;

/**
 * Every layer is a directory of its own with overlay's marks for what it removes; the kernel
 * shows them as one tree (Documentation/filesystems/overlayfs.rst).
 */
export class OverlayDriver implements Driver {
  readonly name = "overlay";
  readonly form = "changes";
  readonly mostLayers = MOST_LOWERS;
  readonly keepsTars = false;
  readonly #directories: Directories;
  readonly #mode: OverlayMode;
  readonly #places: LayerPlaces;

  /** Committed layers are directories, unless they have places of their own. */
  constructor(
    directories: Directories,
    mode: OverlayMode,
    places: LayerPlaces = directoryPlaces(directories),
  ) {
    this.#directories = directories;
    this.#mode = mode;
    this.#places = places;
  }

  async unpack(
    layer: LayerSource,
    id: number,
    lowers: readonly number[],
    work: Work,
  ): Promise<void> {
    const { applyLayer } = await import("#layer");
    const below = this.#trees(lowers);
    const target = this.#directories.tree(id);
    if (below[0] !== undefined) copyRootAttributes(below[0], target);
    await applyLayer(await layer.tar(), target, {
      // The lowest layer may be mounted alone, where a mark would show as a device.
      whiteouts: below.length > 0 ? "overlay" : "remove",
      lowers: below,
      xattrPrefix: this.#mode.xattrPrefix,
      devices: this.#mode.rootless ? "skip" : "require",
      ...(work.signal && { signal: work.signal }),
    });
  }

  async prepare(id: number, lowers: readonly number[]): Promise<void> {
    const [below] = lowers;
    if (below === undefined) return;
    mkdirSync(this.#directories.work(id), { mode: 0o700 });
    this.#places.makeReadable([below]);
    copyRootAttributes(this.#places.tree(below), this.#directories.tree(id));
  }

  async restore(changes: Bytes, id: number, lowers: readonly number[]): Promise<void> {
    await this.prepare(id, lowers);
    this.#places.makeReadable(lowers);
    await this.unpack({ tar: () => changes }, id, lowers, {});
  }

  mounts(id: number, lowers: readonly number[], { volatile }: MountOptions): Mount[] {
    if (lowers.length === 0) return [bind(this.#directories.tree(id), "rw")];
    const upper = this.#places.upper(id);
    const options = [`upperdir=${upper}/fs`, `workdir=${upper}/work`];
    return this.#overlay(lowers, volatile ? [...options, "volatile"] : options);
  }

  diff(id: number, lowers: readonly number[], options: DiffOptions): Bytes {
    const { diffOverlay } = require("#layer") as typeof import("#layer");
    return diffOverlay(this.#directories.tree(id), this.#diffOptions(lowers, options));
  }

  changes(
    id: number,
    lowers: readonly number[],
    options: DiffOptions,
  ): Iterable<TreeChange | undefined> {
    const { overlayChanges } = require("#layer") as typeof import("#layer");
    return overlayChanges(this.#directories.tree(id), this.#diffOptions(lowers, options));
  }

  async finish(_: LayerSource, id: number): Promise<void> {
    await rm(this.#directories.work(id), { recursive: true, force: true });
  }

  view(chain: readonly number[]): Mount[] {
    const [only, ...more] = chain;
    if (more.length > 0) return this.#overlay(chain, ["ro"]);
    return [...this.#places.mounts(chain), bind(this.#places.tree(only!), "ro")];
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

  #diffOptions(lowers: readonly number[], options: DiffOptions): DiffOverlayOptions {
    this.#places.makeReadable(lowers);
    const { xattrPrefix } = this.#mode;
    return { ...options, lowers: this.#trees(lowers), xattrPrefix };
  }

  #overlay(lowers: readonly number[], options: readonly string[]): Mount[] {
    const lowerdir = `lowerdir=${lowers.map((id) => this.#places.lower(id)).join(":")}`;
    const overlay = {
      type: "overlay",
      source: "overlay",
      options: [lowerdir, ...options, ...FIXED_OPTIONS, ...this.#mode.options],
      base: this.#places.base,
    };
    return [...this.#places.mounts(lowers), overlay];
  }

  #trees(ids: readonly number[]): string[] {
    return ids.map((id) => this.#places.tree(id));
  }
}

function bind(source: string, access: "ro" | "rw"): Mount {
  return { type: "bind", source, options: ["bind", access] };
}
