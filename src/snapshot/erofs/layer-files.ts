import { closeSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { type ErofsReader, isIntactErofs, openErofs } from "#erofs";
import { fail } from "#errors";
import type { Directories } from "../directories.ts";

/** An index counts a tar in whole blocks. */
const BLOCK = 512;

/**
 * What a layer is kept as: its tar, and an index of it that the kernel can mount. Both may be
 * further names of files that are elsewhere in the store.
 */
export class LayerFiles {
  readonly #directories: Directories;
  /** Kept open, since layer after layer looks at those below it; only what is read takes memory. */
  readonly #open = new Map<string, ErofsReader>();

  constructor(directories: Directories) {
    this.#directories = directories;
  }

  tar(id: number): string {
    return `${this.#directories.whole(id)}/tar`;
  }

  index(id: number): string {
    return `${this.#directories.whole(id)}/index`;
  }

  exist(id: number): boolean {
    return this.find(id) !== undefined;
  }

  /** Takes the tar's name here away where it has another: that costs nothing. */
  unlinkTar(id: number): void {
    const links = statSync(this.tar(id), { throwIfNoEntry: false })?.nlink ?? 0;
    if (links > 1) rmSync(this.tar(id), { force: true });
  }

  open(id: number): ErofsReader {
    const name = this.name(id);
    const index = this.#open.get(name) ?? openErofs(mapped(this.index(id)));
    this.#open.set(name, index);
    return index;
  }

  /** Whether the index is as it was written, and of a tar of this length. */
  isIntact(id: number): boolean {
    if (!this.exist(id)) return false;
    const index = readFileSync(this.index(id));
    if (!isIntactErofs(index)) return false;
    const { size } = statSync(this.tar(id));
    return openErofs(index).deviceSize === size - (size % BLOCK);
  }

  /**
   * A short name that no other layer's files ever have, not even those of a store that comes
   * into being at the same place after this one is deleted.
   */
  name(id: number): string {
    return this.find(id) ?? fail("data-loss", `${this.#directories.whole(id)} has no layer in it`);
  }

  /** The same; undefined when the files are not there. */
  find(id: number): string | undefined {
    const tar = factsOf(this.tar(id));
    const index = tar && factsOf(this.index(id));
    if (index === undefined) return undefined;
    const hash = Bun.hash(`${tar} ${index}`).toString(16).padStart(16, "0");
    return `${id}-${hash.slice(0, 8)}`;
  }
}

/** The runtime takes a backslash in a path for a slash: it gets a path of its own. */
function mapped(path: string): Uint8Array {
  const fd = openSync(path, "r");
  try {
    return Bun.mmap(`/proc/self/fd/${fd}`);
  } finally {
    closeSync(fd);
  }
}

function factsOf(path: string): string | undefined {
  const inode = statSync(path, { bigint: true, throwIfNoEntry: false });
  return inode && `${inode.ino} ${inode.mtimeNs}`;
}
