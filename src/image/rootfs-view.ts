import { posix } from "node:path";
import { fail } from "#errors";
import { IndexStack, imageXattrs, type StackNode } from "#layer";
import type { DiffId } from "#oci";
import type { EntryType } from "#tar";
import type { ImageStore } from "./image-store.ts";
import { openLayerIndex } from "./open-layer-index.ts";
import { readLayerFile } from "./read-layer-file.ts";

/** A file of an image's root file system. */
export interface RootfsNode {
  /** From the root, without a leading slash and with no symlink in it but the last part. */
  readonly path: string;
  readonly type: Exclude<EntryType, "hardlink">;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  /** A symlink's target. */
  readonly linkPath?: string;
}

/**
 * A look at the root file system of a stack of layers that mounts and unpacks nothing: it reads
 * the layers' indexes, from the top as far down as a question goes. Symlinks are
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

const MOST_LINKS = 255;
const MOST_READ = 16 * 1024 * 1024;
const ROOT = { type: "directory", mode: 0o755, uid: 0, gid: 0, size: 0 } as const;

/** A view of the stack, lowest layer first; the caller's lease holds the layers. */
export function openRootfs(store: ImageStore, diffIds: readonly DiffId[]): RootfsView {
  return new StackView(store, diffIds);
}

class StackView implements RootfsView {
  readonly #store: ImageStore;
  readonly #diffIds: readonly DiffId[];
  #indexes: Promise<IndexStack> | undefined;

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
    const found = (await this.#stack()).find(await this.resolve(path));
    if (found?.node.type !== "file") return undefined;
    if (found.node.size > most)
      fail("resource-exhausted", `${path} has ${found.node.size} bytes, more than ${most}`);
    const diffId = this.#diffIds[this.#diffIds.length - 1 - found.level]!;
    return await readLayerFile(this.#store, diffId, found);
  }

  async #nodeAt(path: string): Promise<RootfsNode | undefined> {
    const found = (await this.#stack()).find(path);
    if (found !== undefined) return nodeOf(path, found);
    return path === "" ? { path, ...ROOT, xattrs: new Map() } : undefined;
  }

  #stack(): Promise<IndexStack> {
    this.#indexes ??= this.#open();
    return this.#indexes;
  }

  async #open(): Promise<IndexStack> {
    const opening = this.#diffIds.map((diffId) => openLayerIndex(this.#store, diffId));
    return new IndexStack((await Promise.all(opening)).reverse());
  }
}

function nodeOf(path: string, { index, node }: StackNode): RootfsNode {
  const { type, mode, uid, gid, size } = node;
  const target = type === "symlink" ? { linkPath: index.readLink(node) } : {};
  const xattrs = imageXattrs(index.xattrs(node));
  return { path, type: type as RootfsNode["type"], mode, uid, gid, size, xattrs, ...target };
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
