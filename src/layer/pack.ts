import type { Bytes } from "#bytes";
import { AT_FDCWD, closeFd, OpenFlag, openAt, statAt, statFd, tryOpenDirectoryAt } from "#kernel";
import { readImageXattrs } from "./attributes.ts";
import { join, refuseWhiteout } from "./entry-rules.ts";
import { HardLinks } from "./hard-links.ts";
import { headerOf, type OpenEntry, openChanging } from "./layer-entry.ts";
import { type Node, readNodes } from "./nodes.ts";
import { LayerTar } from "./write-layer.ts";

export interface PackOptions {
  /** Whether the tree's own directory has an entry (`./`), for its mode and owner. Default no. */
  readonly root?: boolean;
  /** Whether names that begin with `.wh.` are kept as they are, for a tar that is no layer. */
  readonly anyName?: boolean;
  readonly signal?: AbortSignal;
}

export interface PackEntryOptions {
  /** What it is called in the archive, `.` for nothing but what is below it. */
  readonly as: string;
  /** Which open directories are taken without what is in them. */
  readonly isClosed?: (directory: number) => boolean;
  readonly signal?: AbortSignal;
}

/**
 * A whole tree as a tar: entries in the order of their names' bytes, hard links among them found,
 * extended attributes and nanoseconds kept; no user names, no other times. Equal trees give equal
 * bytes. Sockets are left out. The tree may change meanwhile without harm: a file
 * has the size that it had when its turn came.
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

/** The same of one name in an open directory, with all that is below it; `.` is the directory. */
export function packEntry(
  directory: number,
  name: string,
  { as, isClosed, signal }: PackEntryOptions,
): Bytes {
  const entries = new TreePacker(true, isClosed).entry(directory, name, as);
  return new LayerTar(entries, { whiteouts: true, ...(signal && { signal }) });
}

class TreePacker {
  readonly #links = new HardLinks();
  readonly #anyName: boolean;
  readonly #isClosed: (directory: number) => boolean;

  constructor(anyName: boolean, isClosed: (directory: number) => boolean = () => false) {
    this.#anyName = anyName;
    this.#isClosed = isClosed;
  }

  *entries(fd: number, hasRoot: boolean): Generator<OpenEntry | undefined> {
    if (hasRoot) yield { header: headerOf(".", statFd(fd), readImageXattrs(fd)) };
    yield* this.#below(fd, "");
  }

  *entry(fd: number, name: string, as: string): Generator<OpenEntry | undefined> {
    const inode = statAt(fd, name);
    if (inode && inode.type !== "socket") yield* this.#node(fd, { name, inode }, as);
  }

  *#below(fd: number, above: string): Generator<OpenEntry | undefined> {
    for (const node of readNodes(fd)) {
      const path = join(above, node.name);
      if (!this.#anyName) refuseWhiteout(path);
      yield* this.#node(fd, node, path);
    }
  }

  *#node(fd: number, node: Node, path: string): Generator<OpenEntry | undefined> {
    yield this.#links.entry(path, node) ?? openChanging(fd, path, node);
    if (node.inode.type === "directory") yield* this.#inside(fd, node, path);
  }

  *#inside(parent: number, { name }: Node, path: string): Generator<OpenEntry | undefined> {
    const fd = tryOpenDirectoryAt(parent, name);
    if (fd === undefined) return;
    try {
      if (this.#isClosed(fd)) return;
      yield* this.#below(fd, path);
    } finally {
      closeFd(fd);
    }
  }
}
