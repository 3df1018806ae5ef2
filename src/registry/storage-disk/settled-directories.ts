import { open } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Directories below a root whose own names survive a power cut. Who finds a directory does not know
 * whether who made it has seen to that, or was killed before.
 */
export class SettledDirectories {
  readonly #root: string;
  readonly #settled = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  async settle(directory: string): Promise<void> {
    if (this.#settled.has(directory)) return;
    for (let parent = directory; parent !== this.#root; ) {
      parent = dirname(parent);
      await syncDirectory(parent);
    }
    this.#settled.add(directory);
  }
}

export async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, "r");
  await directory.sync();
}
