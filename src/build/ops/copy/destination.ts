import { fail } from "#errors";
import type { LayerEntry } from "#layer";
import type { TarTime } from "#tar";
import { segmentsOf } from "../../context/source-tree.ts";
import type { Owner } from "../owner.ts";
import type { RootEntry, RootView } from "./root-view.ts";

const MOST_LINKS = 255;
const NEW_DIRECTORY_MODE = 0o755;

/**
 * The root file system as it is while a COPY goes on: what is below, and what was put on top.
 * Symlinks are followed with its root standing for `/`. Paths have no slash in front.
 */
export class Destination {
  readonly #root: RootView;
  readonly #put = new Map<string, RootEntry>();
  /** Directories that nothing below knows. */
  readonly #new = new Set<string>();
  readonly #owner: Owner;
  readonly #time: TarTime;

  /** @param owner and @param time of the directories that have to be made */
  constructor(root: RootView, owner: Owner, time: TarTime) {
    this.#root = root;
    this.#owner = owner;
    this.#time = time;
  }

  /** What is at a path, itself not followed. */
  async find(path: string): Promise<RootEntry | undefined> {
    if (path === "") return { type: "directory" };
    const put = this.#put.get(path);
    if (put !== undefined) return put;
    return this.#isBelowNew(path) ? undefined : this.#root.find(path);
  }

  /** Notes that the layer has this now; `isNew` when nothing was there. */
  put(path: string, entry: RootEntry, isNew: boolean): void {
    this.#put.set(path, entry);
    if (isNew && entry.type === "directory") this.#new.add(path);
  }

  /** The path with all symlinks in it followed; what is not there stays as it is written. */
  async resolve(path: string): Promise<string> {
    let rest = segmentsOf(path);
    let at: string[] = [];
    for (let links = 0; rest.length > 0; ) {
      const [segment, ...after] = rest;
      rest = after;
      if (segment === "..") at = at.slice(0, -1);
      if (segment === "..") continue;
      const next = [...at, segment!];
      const entry = await this.find(next.join("/"));
      if (entry?.type !== "symlink") {
        at = next;
        continue;
      }
      if (++links > MOST_LINKS)
        fail("failed-precondition", `too many levels of symbolic links: /${path}`);
      const target = entry.target!;
      if (target.startsWith("/")) at = [];
      rest = [...segmentsOf(target), ...rest];
    }
    return at.join("/");
  }

  /** The directories that are missing on the way to a resolved path and at it, as entries. */
  async *makeDirectories(path: string): AsyncGenerator<LayerEntry> {
    const segments = segmentsOf(path);
    for (let count = 1; count <= segments.length; count++) {
      const directory = segments.slice(0, count).join("/");
      const found = await this.find(directory);
      if (found?.type === "directory") continue;
      if (found !== undefined) fail("failed-precondition", `mkdir /${directory}: not a directory`);
      this.put(directory, { type: "directory" }, true);
      yield { header: newDirectory(directory, this.#owner, this.#time) };
    }
  }

  /** Whether the parent is new: then nothing below it can be in the layers below. */
  #isBelowNew(path: string): boolean {
    return this.#new.has(path.slice(0, Math.max(path.lastIndexOf("/"), 0)));
  }
}

function newDirectory(path: string, { uid, gid }: Owner, mtime: TarTime): LayerEntry["header"] {
  const mode = NEW_DIRECTORY_MODE;
  return { path, type: "directory", mode, uid, gid, size: 0, mtime, xattrs: new Map() };
}
