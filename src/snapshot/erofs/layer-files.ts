import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type ErofsReader, isIntactErofs, openErofs } from "#erofs";
import type { Directories } from "../directories.ts";

/**
 * What a layer is kept as: its tar, and an index of it that the kernel can mount. Both may be
 * further names of files that are elsewhere in the store.
 */
export class LayerFiles {
  readonly #directories: Directories;

  constructor(directories: Directories) {
    this.#directories = directories;
  }

  tar(id: number): string {
    return join(this.#directories.whole(id), "tar");
  }

  index(id: number): string {
    return join(this.#directories.whole(id), "index");
  }

  exist(id: number): boolean {
    return existsSync(this.index(id)) && existsSync(this.tar(id));
  }

  open(id: number): ErofsReader {
    return openIndex(readFileSync(this.index(id)));
  }

  /** Whether the index is as it was written, and of a tar of this length. */
  isIntact(id: number): boolean {
    if (!this.exist(id)) return false;
    const index = readFileSync(this.index(id));
    if (!isIntactErofs(index)) return false;
    return openIndex(index).deviceSize <= statSync(this.tar(id)).size;
  }

  /**
   * A short name that no other layer's files ever have, not even those of a store that comes
   * into being at the same place after this one is deleted.
   */
  name(id: number): string {
    const facts = [this.tar(id), this.index(id)].map((path) => {
      const { ino, mtimeNs } = statSync(path, { bigint: true });
      return `${ino} ${mtimeNs}`;
    });
    return `${id}-${Bun.hash(facts.join(" ")).toString(16).padStart(16, "0").slice(0, 8)}`;
  }
}

export function openIndex(bytes: Uint8Array): ErofsReader {
  return openErofs({
    size: bytes.length,
    read: (position, length) => bytes.subarray(position, position + length),
  });
}
