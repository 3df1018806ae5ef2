import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { namesIn } from "#bytes";
import { mountsUnder, unmount } from "#kernel";

const REMOVED = /^removed-\d+$/;
const NUMBERED = /^\d+$/;

/**
 * The directories of snapshots: `<n>/fs` is the tree, `<n>/work` is overlay's. Numbers are short,
 * so that the lower directories of a hundred layers fit into one page of mount options.
 */
export class Directories {
  /** What the relative paths of mount options start from. */
  readonly base: string;

  constructor(root: string) {
    this.base = join(root, "snapshots");
  }

  tree(id: number): string {
    return join(this.base, String(id), "fs");
  }

  work(id: number): string {
    return join(this.base, String(id), "work");
  }

  whole(id: number): string {
    return join(this.base, String(id));
  }

  /** Makes the empty directory of a row that is new. */
  create(id: number): void {
    mkdirSync(this.base, { recursive: true, mode: 0o711 });
    // After a power cut the database may give a number again that it had not on disk yet.
    if (existsSync(this.whole(id))) this.#clear(id);
    mkdirSync(this.whole(id), { mode: 0o700 });
    mkdirSync(this.tree(id), { mode: 0o755 });
  }

  /** Takes a directory out of the way at once, for {@link empty} to delete. */
  retire(id: number): void {
    try {
      renameSync(this.whole(id), this.#retired(id));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }

  /** The numbers that have a directory. */
  numbers(): number[] {
    return namesIn(this.base)
      .filter((name) => NUMBERED.test(name))
      .map(Number);
  }

  /** Deletes what was retired. */
  async empty(ids: readonly number[]): Promise<void> {
    for (const id of ids) {
      const path = this.#retired(id);
      unmountUnder(path);
      await rm(path, { recursive: true, force: true });
    }
  }

  /** What was retired and, its process having died, never deleted. */
  retired(): number[] {
    const names = namesIn(this.base).filter((name) => REMOVED.test(name));
    return names.map((name) => Number(name.slice("removed-".length)));
  }

  #clear(id: number): void {
    unmountUnder(this.whole(id));
    rmSync(this.whole(id), { recursive: true });
  }

  #retired(id: number): string {
    return join(this.base, `removed-${id}`);
  }
}

/** Who tried out a driver may have died in the middle of it. */
function unmountUnder(path: string): void {
  for (const { target } of mountsUnder(path)) unmount(target, { detach: true });
}
