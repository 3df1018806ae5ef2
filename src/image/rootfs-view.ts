import { posix } from "node:path";
import { fail } from "#errors";
import type { DiffId } from "#oci";
import type { EntryType } from "#tar";
import type { ImageStore } from "./image-store.ts";
import { type IndexedEntry, indexLayer, type LayerIndex, readLayerFile } from "./layer-index.ts";

/** A file of an image's root file system. */
export interface RootfsNode {
  /** From the root, without a leading slash and with no symlink in it but the last part. */
  readonly path: string;
  readonly type: Exclude<EntryType, "hardlink">;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** A symlink's target. */
  readonly linkPath?: string;
}

/**
 * A look at the root file system of a stack of layers that mounts and unpacks nothing: it reads
 * the headers of the layers' tars, from the top as far down as a question goes. Symlinks are
 * resolved inside the root, and `..` does not leave it.
 */
export interface RootfsView {
  /** The file at a path, a symlink itself as the last part; undefined when there is none. */
  lstat(path: string): Promise<RootfsNode | undefined>;
  /** The file that a path leads to. */
  stat(path: string): Promise<RootfsNode | undefined>;
  /**
   * The path that `path` leads to, symlinks resolved (from the root, no leading slash). What does
   * not exist of its end stays as it is.
   */
  resolve(path: string): Promise<string>;
  /** The content of a regular file; undefined when there is none. */
  readFile(path: string, most?: number): Promise<Uint8Array | undefined>;
}

interface Found {
  readonly entry: IndexedEntry;
  readonly level: number;
}

const MOST_LINKS = 255;
const MOST_READ = 16 * 1024 * 1024;
const ROOT: RootfsNode = { path: "", type: "directory", mode: 0o755, uid: 0, gid: 0, size: 0 };

/** A view of the stack, lowest layer first; the caller's lease holds the layers. */
export function openRootfs(store: ImageStore, diffIds: readonly DiffId[]): RootfsView {
  return new StackView(store, diffIds);
}

class StackView implements RootfsView {
  readonly #store: ImageStore;
  readonly #diffIds: readonly DiffId[];

  constructor(store: ImageStore, diffIds: readonly DiffId[]) {
    this.#store = store;
    this.#diffIds = diffIds;
  }

  async lstat(path: string): Promise<RootfsNode | undefined> {
    const clean = normal(path);
    if (clean === "") return this.#nodeAt("");
    const parent = await this.resolve(posix.dirname(`/${clean}`));
    return await this.#nodeAt(join(parent, posix.basename(clean)));
  }

  async stat(path: string): Promise<RootfsNode | undefined> {
    return await this.#nodeAt(await this.resolve(path));
  }

  async resolve(path: string): Promise<string> {
    let done = "";
    let links = 0;
    for (let todo = partsOf(path); todo.length > 0; ) {
      const [part, ...rest] = todo as [string, ...string[]];
      todo = rest;
      if (part === "..") {
        done = parentOf(done);
        continue;
      }
      const next = join(done, part);
      const target = (await this.#nodeAt(next))?.linkPath;
      if (target === undefined) {
        done = next;
        continue;
      }
      if (++links > MOST_LINKS) fail("invalid-argument", `too many symlinks in ${path}`);
      if (target.startsWith("/")) done = "";
      todo = [...partsOf(target), ...rest];
    }
    return done;
  }

  async readFile(path: string, most = MOST_READ): Promise<Uint8Array | undefined> {
    const found = await this.#find(await this.resolve(path), this.#diffIds.length - 1);
    if (found?.entry.type !== "file") return undefined;
    if (found.entry.size > most)
      fail("resource-exhausted", `${path} has ${found.entry.size} bytes, more than ${most}`);
    return await readLayerFile(this.#store, this.#diffIds[found.level]!, found.entry);
  }

  async #nodeAt(path: string): Promise<RootfsNode | undefined> {
    const found = await this.#find(path, this.#diffIds.length - 1);
    if (found === undefined) return path === "" ? ROOT : undefined;
    const { type, mode, uid, gid, size, linkPath } = found.entry;
    const target = type === "symlink" ? { linkPath: linkPath ?? "" } : {};
    return { path, type: type as RootfsNode["type"], mode, uid, gid, size, ...target };
  }

  /** What shows at a path, looking down from a level; a hard link is the file it is a name of. */
  async #find(path: string, from: number): Promise<Found | undefined> {
    let implied: Found | undefined;
    for (let level = from; level >= 0; level--) {
      const layer = await this.#layer(level);
      const entry = layer.entries.get(path);
      if (entry?.type === "hardlink") return await this.#find(normal(entry.linkPath ?? ""), level);
      if (entry && !entry.implied) return { entry, level };
      if (entry) implied ??= { entry, level };
      if (hides(layer, path)) break;
    }
    return implied;
  }

  #layer(level: number): Promise<LayerIndex> {
    return indexLayer(this.#store, this.#diffIds[level]!);
  }
}

/** Whether a layer covers what layers below it have at a path. */
function hides({ entries, whiteouts, opaques }: LayerIndex, path: string): boolean {
  if (whiteouts.has(path)) return true;
  for (let above = path; above !== ""; ) {
    above = parentOf(above);
    if (opaques.has(above) || whiteouts.has(above)) return true;
    const entry = entries.get(above);
    if (entry && entry.type !== "directory") return true;
  }
  return false;
}

function normal(path: string): string {
  return posix.normalize(`/${path}`).replace(/\/+$/, "").slice(1);
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function join(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}
