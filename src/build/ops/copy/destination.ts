import { fail } from "#errors";
import type { LayerEntry } from "#layer";
import type { TarHeader, TarTime } from "#tar";
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
  /** Directories that the layer has an entry for. */
  readonly #mentioned = new Set<string>([""]);
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
    const put = this.#put.get(path);
    if (put !== undefined) return put;
    return this.#new.has(parentOf(path)) ? undefined : this.#root.find(path);
  }

  /** Whether the layer has an entry for a path, and not just the root file system below. */
  isPut(path: string): boolean {
    return this.#put.has(path);
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
      const target = (await this.find(next.join("/")))?.target;
      if (target === undefined) {
        at = next;
        continue;
      }
      if (++links > MOST_LINKS)
        fail("failed-precondition", `too many levels of symbolic links: /${path}`);
      if (target.startsWith("/")) at = [];
      rest = [...segmentsOf(target), ...rest];
    }
    return at.join("/");
  }

  /**
   * Puts an entry on top: gives it, behind entries for the directories it is in. Those have to
   * be said again with the attributes they have below, since whoever unpacks the layer alone
   * would make them up.
   */
  async *add(entry: LayerEntry, found: RootEntry | undefined): AsyncGenerator<LayerEntry> {
    const { path, type } = entry.header;
    yield* this.#mentionAbove(path);
    if (type === "directory") this.#mentioned.add(path);
    if (type === "directory" && found === undefined) this.#new.add(path);
    this.#put.set(path, entryOf(entry.header));
    yield entry;
  }

  /** The directories that are missing on the way to a resolved path and at it, as entries. */
  async *makeDirectories(path: string): AsyncGenerator<LayerEntry> {
    const segments = segmentsOf(path);
    for (let count = 1; count <= segments.length; count++) {
      const directory = segments.slice(0, count).join("/");
      const found = await this.find(directory);
      if (found?.type === "directory") continue;
      if (found !== undefined) fail("failed-precondition", `mkdir /${directory}: not a directory`);
      const attributes = { mode: NEW_DIRECTORY_MODE, ...this.#owner };
      yield* this.add(this.#directory(directory, attributes), undefined);
    }
  }

  async *#mentionAbove(path: string): AsyncGenerator<LayerEntry> {
    const parent = parentOf(path);
    if (this.#mentioned.has(parent)) return;
    this.#mentioned.add(parent);
    yield* this.#mentionAbove(parent);
    const found = await this.find(parent);
    if (found?.type === "directory") yield this.#directory(parent, found);
  }

  #directory(path: string, { mode, uid, gid }: Owner & { readonly mode: number }): LayerEntry {
    const mtime = this.#time;
    const header = { path, mode, uid, gid, size: 0, mtime, xattrs: new Map() };
    return { header: { ...header, type: "directory" } };
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

/** What a path is once it has this entry. */
function entryOf({ type, mode, uid, gid, linkPath = "" }: TarHeader): RootEntry {
  if (type === "symlink") return { type, mode, uid, gid, target: linkPath };
  if (type === "directory") return { type, mode, uid, gid };
  return { type: type === "file" || type === "hardlink" ? "file" : "other", mode, uid, gid };
}
