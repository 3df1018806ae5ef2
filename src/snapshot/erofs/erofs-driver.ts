import {
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import type { Bytes } from "#bytes";
import { openErofs } from "#erofs";
import { type Mount, writeFully } from "#kernel";
import type { DiffOptions, TreeChange } from "#layer";
import type { Directories } from "../directories.ts";
import type { Driver, LayerSource, Work } from "../driver.ts";
import type { OverlayMode } from "../overlay/options.ts";
import { MOST_LOWERS, OverlayDriver } from "../overlay/overlay-driver.ts";
import type { MountOptions } from "../snapshotter.ts";
import { diskUsage, ownUsage } from "../usage.ts";
import type { ErofsSource } from "./erofs-mount.ts";
import { LayerFiles } from "./layer-files.ts";
import { LayerMounts } from "./layer-mounts.ts";

/**
 * A layer never becomes files: its tar stays as it is, beside it lies an index that the kernel
 * mounts as a read-only file system (EROFS) with the tar as its device, and overlay puts these
 * together. What is written to is a directory, as with the overlay driver.
 */
export class ErofsDriver implements Driver {
  readonly name = "erofs";
  readonly form = "changes";
  readonly mostLayers = MOST_LOWERS;
  readonly keepsTars = true;
  readonly #directories: Directories;
  readonly #files: LayerFiles;
  readonly #layers: LayerMounts;
  readonly #overlay: OverlayDriver;
  /** Indexes that were found whole: they do not change. */
  readonly #intact = new Set<string>();

  constructor(directories: Directories, mode: OverlayMode, layers: string, source: ErofsSource) {
    this.#directories = directories;
    this.#files = new LayerFiles(directories);
    this.#layers = new LayerMounts(layers, directories, this.#files, source);
    this.#overlay = new OverlayDriver(directories, mode, this.#layers);
  }

  async unpack(
    layer: LayerSource,
    id: number,
    lowers: readonly number[],
    work: Work,
  ): Promise<void> {
    const { settleIndex } = await import("#layer");
    const index = await this.#keepTar(layer, id, work);
    const below = () => lowers.map((lower) => this.#files.open(lower));
    const settled = settleIndex(openErofs(index), below);
    if (settled === undefined && layer.index !== undefined)
      linkOrCopy(layer.index, this.#files.index(id));
    else writeFileSync(this.#files.index(id), settled ?? index, { mode: 0o600 });
    await rm(this.#directories.tree(id), { recursive: true, force: true });
    await rm(this.#directories.work(id), { recursive: true, force: true });
  }

  prepare(id: number, lowers: readonly number[]): Promise<void> {
    return this.#overlay.prepare(id, lowers);
  }

  restore(changes: Bytes, id: number, lowers: readonly number[]): Promise<void> {
    return this.#overlay.restore(changes, id, lowers);
  }

  mounts(id: number, lowers: readonly number[], options: MountOptions): Mount[] {
    return this.#overlay.mounts(id, lowers, options);
  }

  diff(id: number, lowers: readonly number[], options: DiffOptions): Bytes {
    return this.#overlay.diff(id, lowers, options);
  }

  changes(
    id: number,
    lowers: readonly number[],
    options: DiffOptions,
  ): Iterable<TreeChange | undefined> {
    return this.#overlay.changes(id, lowers, options);
  }

  /** Tar and index take the place of the directory. */
  finish(layer: LayerSource, id: number, lowers: readonly number[]): Promise<void> {
    return this.unpack(layer, id, lowers, {});
  }

  view(chain: readonly number[]): Mount[] {
    return this.#overlay.view(chain);
  }

  isThere(id: number): boolean {
    return this.#files.exist(id);
  }

  isWhole(id: number): boolean {
    const name = this.#files.find(id);
    if (name === undefined) return false;
    if (this.#intact.has(name)) return true;
    const isWhole = this.#layers.isMounted(id) || this.#files.isIntact(id);
    if (isWhole) this.#intact.add(name);
    return isWhole;
  }

  async usage(id: number): Promise<number> {
    return this.#files.exist(id)
      ? ownUsage([this.#directories.whole(id), this.#files.tar(id), this.#files.index(id)])
      : await diskUsage(this.#directories.whole(id));
  }

  drop(id: number): void {
    this.#layers.drop(id);
    this.#files.unlinkTar(id);
  }

  release(used: ReadonlySet<number>): void {
    this.#layers.release(used);
  }

  /** Puts the tar in its place; gives its index. */
  async #keepTar(layer: LayerSource, id: number, work: Work): Promise<Uint8Array> {
    mkdirSync(this.#directories.whole(id), { recursive: true, mode: 0o700 });
    const path = this.#files.tar(id);
    if (layer.file === undefined) return await writeTar(await layer.tar(), path, work);
    linkOrCopy(layer.file, path);
    if (layer.index !== undefined) return readFileSync(layer.index);
    return await indexOf(await layer.tar(), work);
  }
}

/** A further name for a file; a copy where its file system has none, or is another one. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!NO_LINKS.has((error as NodeJS.ErrnoException).code!)) throw error;
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
  }
}

const NO_LINKS = new Set(["EXDEV", "EMLINK", "EPERM", "EOPNOTSUPP"]);

/** Writes the tar to a file and indexes it on the way. */
async function writeTar(tar: Bytes, path: string, work: Work): Promise<Uint8Array> {
  const fd = openSync(path, "wx", 0o600);
  try {
    return await indexOf(tar, work, (chunk) => writeFully(fd, chunk));
  } finally {
    closeSync(fd);
  }
}

async function indexOf(
  tar: Bytes,
  { signal }: Work,
  tap: (chunk: Uint8Array) => void = () => {},
): Promise<Uint8Array> {
  const { indexLayer } = await import("#layer");
  const indexing = indexLayer();
  for await (const chunk of tar) {
    signal?.throwIfAborted();
    indexing.write(chunk);
    tap(chunk);
  }
  return indexing.end().index;
}
