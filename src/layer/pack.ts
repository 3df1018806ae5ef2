import type { Bytes } from "#bytes";
import { kindOf } from "#errors";
import { AT_FDCWD, closeFd, OpenFlag, openAt, statFd, tryOpenDirectoryAt } from "#kernel";
import { readImageXattrs } from "./attributes.ts";
import { join, refuseWhiteout } from "./entry-rules.ts";
import { HardLinks } from "./hard-links.ts";
import { headerOf, type OpenEntry, openEntry } from "./layer-entry.ts";
import { type Node, readNodes } from "./nodes.ts";
import { LayerTar } from "./write-layer.ts";

export interface PackOptions {
  /** Whether the tree's own directory has an entry (`./`), for its mode and owner. Default no. */
  readonly root?: boolean;
  /** Whether names that begin with `.wh.` are kept as they are, for a tar that is no layer. */
  readonly anyName?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * A whole tree as a tar: entries in the order of their names' bytes, hard links among them found,
 * extended attributes and nanoseconds kept; no user names, no other times. Equal trees give equal
 * bytes. Sockets are left out. The tree may change meanwhile without harm, but a file whose size
 * changes while it is read fails with `failed-precondition`.
 */
export async function* packDirectory(directory: string, options: PackOptions = {}): Bytes {
  const { signal, anyName = false, root = false } = options;
  const fd = openAt(AT_FDCWD, directory, OpenFlag.directory);
  try {
    const entries = new TreePacker(anyName).entries(fd, root);
    yield* new LayerTar(entries, { whiteouts: true, ...(signal && { signal }) });
  } finally {
    closeFd(fd);
  }
}

class TreePacker {
  readonly #links = new HardLinks();
  readonly #anyName: boolean;

  constructor(anyName: boolean) {
    this.#anyName = anyName;
  }

  *entries(fd: number, hasRoot: boolean): Generator<OpenEntry | undefined> {
    if (hasRoot) yield { header: headerOf(".", statFd(fd), readImageXattrs(fd)) };
    yield* this.#below(fd, "");
  }

  *#below(fd: number, above: string): Generator<OpenEntry | undefined> {
    for (const node of readNodes(fd)) {
      const path = join(above, node.name);
      if (!this.#anyName) refuseWhiteout(path);
      yield this.#links.entry(path, node) ?? openIfThere(fd, path, node);
      if (node.inode.type === "directory") yield* this.#inside(fd, node, path);
    }
  }

  *#inside(parent: number, { name }: Node, path: string): Generator<OpenEntry | undefined> {
    const fd = tryOpenDirectoryAt(parent, name);
    if (fd === undefined) return;
    try {
      yield* this.#below(fd, path);
    } finally {
      closeFd(fd);
    }
  }
}

/** The entry of a name, if it is still there: the tree may be in use. */
function openIfThere(fd: number, path: string, node: Node): OpenEntry | undefined {
  try {
    return openEntry(fd, path, node);
  } catch (error) {
    if (kindOf(error) === "not-found") return undefined;
    throw error;
  }
}
