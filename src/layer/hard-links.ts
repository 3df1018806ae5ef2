import { inodeKey } from "#kernel";
import { hardLinkEntry, type OpenEntry } from "./layer-entry.ts";
import type { Node } from "./nodes.ts";

/** The names of files that have more than one, by the first that was written. */
export class HardLinks {
  readonly #first = new Map<string, string>();

  /** The hard link entry for a file that is in the archive already under another name. */
  entry(path: string, { inode }: Node): OpenEntry | undefined {
    if (inode.linkCount < 2 || inode.type === "directory") return undefined;
    const key = inodeKey(inode);
    const first = this.#first.get(key);
    if (first !== undefined) return hardLinkEntry(path, inode, first);
    this.#first.set(key, path);
    return undefined;
  }
}
