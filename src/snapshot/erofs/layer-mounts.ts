import { mkdirSync, rmdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { namesIn } from "#bytes";
import { isMountPoint, type Mount, mountShared, unmount } from "#kernel";
import type { Directories } from "../directories.ts";
import type { LayerPlaces } from "../overlay/layer-places.ts";
import { type ErofsSource, erofsMount } from "./erofs-mount.ts";
import type { LayerFiles } from "./layer-files.ts";

/** How an overlay's options, which start from where the layers are mounted, name the store. */
const STORE = "store";

/**
 * The layers that are mounted, each once for all that stand on it: from when it is first needed
 * until nobody needs it at a garbage collection, its snapshot is removed, or the machine goes
 * down. They are outside the store, so that the store can be deleted like any directory.
 */
export class LayerMounts implements LayerPlaces {
  readonly base: string;
  readonly #directories: Directories;
  readonly #files: LayerFiles;
  readonly #source: ErofsSource;

  constructor(base: string, directories: Directories, files: LayerFiles, source: ErofsSource) {
    this.base = base;
    this.#directories = directories;
    this.#files = files;
    this.#source = source;
  }

  lower(id: number): string {
    return this.#files.name(id);
  }

  upper(id: number): string {
    return `${STORE}/${id}`;
  }

  tree(id: number): string {
    return join(this.base, this.#files.name(id));
  }

  isMounted(id: number): boolean {
    return isMountPoint(this.tree(id));
  }

  mounts(ids: readonly number[]): Mount[] {
    this.#linkStore();
    return ids.map((id) =>
      erofsMount(this.#source, {
        ...{ index: `${id}/index`, tar: `${id}/tar` },
        ...{ base: this.#directories.base, at: this.tree(id) },
      }),
    );
  }

  makeReadable(ids: readonly number[]): void {
    mountShared(this.mounts(ids));
  }

  /** Unmounts the layers that are not these. Who uses one further keeps it. */
  release(used: ReadonlySet<number>): void {
    const kept = new Set<string | undefined>([STORE]);
    for (const id of used) kept.add(this.#files.find(id));
    for (const name of namesIn(this.base)) if (!kept.has(name)) this.#unmount(name);
  }

  /** Unmounts this layer. */
  drop(id: number): void {
    for (const name of namesIn(this.base)) if (name.startsWith(`${id}-`)) this.#unmount(name);
  }

  #unmount(name: string): void {
    const path = join(this.base, name);
    while (isMountPoint(path)) unmount(path, { detach: true });
    rmdirSync(path);
  }

  #linkStore(): void {
    mkdirSync(this.base, { recursive: true, mode: 0o700 });
    try {
      symlinkSync(this.#directories.base, join(this.base, STORE));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
