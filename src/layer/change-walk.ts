import {
  AT_FDCWD,
  closeFd,
  inodeKey,
  OpenFlag,
  openAt,
  pathIn,
  statAt,
  statFd,
  tryOpenDirectoryAt,
} from "#kernel";
import { readImageXattrs } from "./attributes.ts";
import { join, OPAQUE, refuseWhiteout, whiteoutName } from "./entry-rules.ts";
import { HardLinks } from "./hard-links.ts";
import { headerOf, markEntry, type OpenEntry, openEntry } from "./layer-entry.ts";
import { DEFAULT_ATTRIBUTES, type LowerDirectories } from "./lower-directories.ts";
import { inTarOrder, type Node, nameInTar, readNodes } from "./nodes.ts";
import { hasSameOwner, hasSameXattrs, isUnchanged } from "./same-inode.ts";

/** A change of a directory: what is there now, or just the name of what is gone. */
export interface Change {
  readonly name: string;
  readonly node: Node | undefined;
}

/** How a tree says what of the layers below it is gone. */
export interface Removals {
  /** The changes in an open directory, in no particular order. */
  changes(fd: number, nodes: readonly Node[], below: readonly string[]): Change[];
  /** Whether nothing of the layers below shows in this directory. */
  isOpaque(fd: number): boolean;
  /** Whether a file with several names in the tree is a change by that alone. */
  readonly linksAreChanges: boolean;
  /** Fails for an inode that does not have all of its content here. */
  check(target: string, path: string): void;
}

type Entries = Generator<OpenEntry | undefined, void>;

/**
 * What a tree has changed of the layers below it, as entries of a layer: what is new or different,
 * the directories above it, and whiteouts. `undefined` is an occasion to rest.
 */
export class ChangeWalk {
  readonly #lowers: LowerDirectories;
  readonly #removals: Removals;
  readonly #stubs: ReadonlySet<string>;
  readonly #links = new HardLinks();
  readonly #changedLinks = new Set<string>();

  /** New names in `stubs` that have nothing in them, or are symlinks, are no changes. */
  constructor(
    lowers: LowerDirectories,
    removals: Removals,
    stubs: ReadonlySet<string> = new Set(),
  ) {
    this.#lowers = lowers;
    this.#removals = removals;
    this.#stubs = stubs;
  }

  *entries(upper: string): Entries {
    using root = openDirectory(AT_FDCWD, upper)!;
    if (!this.#removals.linksAreChanges) yield* this.#findChangedLinks(root.fd, this.#lowers.roots);
    if (this.#isRootChanged(root.fd))
      yield { header: headerOf(".", statFd(root.fd), readImageXattrs(root.fd)) };
    yield* this.#inside(root.fd, "", this.#lowers.roots);
  }

  #isRootChanged(fd: number): boolean {
    const below = this.#lowers.roots[0];
    const before = below === undefined ? DEFAULT_ATTRIBUTES : statAt(AT_FDCWD, below)!;
    if (!hasSameOwner(statFd(fd), before)) return true;
    return below === undefined ? readImageXattrs(fd).size > 0 : !hasSameXattrs(fd, below);
  }

  *#inside(fd: number, above: string, below: readonly string[]): Entries {
    const changes = this.#removals.changes(fd, readNodes(fd), below);
    for (const { name, node } of inTarOrder(changes, nameOf)) {
      const path = join(above, name);
      if (node) refuseWhiteout(path);
      if (!node) yield markEntry(join(above, whiteoutName(name)));
      else if (node.inode.type === "directory") yield* this.#directory(fd, path, node, below);
      else yield this.#leaf(fd, path, node, below);
    }
  }

  #leaf(fd: number, path: string, node: Node, below: readonly string[]): OpenEntry | undefined {
    this.#removals.check(pathIn(fd, node.name), path);
    const lower = this.#lowers.find(below, node.name);
    const isEmpty = node.inode.size === 0 || node.inode.type === "symlink";
    if (!lower && isEmpty && this.#stubs.has(path)) return undefined;
    const isForced =
      node.inode.linkCount > 1 &&
      (this.#removals.linksAreChanges || this.#changedLinks.has(inodeKey(node.inode)));
    if (!isForced && isUnchanged(fd, node, lower)) return undefined;
    return this.#links.entry(path, node) ?? openEntry(fd, path, node);
  }

  /** A directory has an entry if it is different itself or something in it is. */
  *#directory(parent: number, path: string, node: Node, above: readonly string[]): Entries {
    this.#removals.check(pathIn(parent, node.name), path);
    using directory = openDirectory(parent, node.name);
    if (!directory) return;
    const below = this.#lowers.below(above, node.name);
    const isOpaque = this.#removals.isOpaque(directory.fd);
    const entry = openEntry(parent, path, node);
    const isStub = below.length === 0 && this.#stubs.has(path);
    let isWritten = !isStub && (isOpaque || !this.#isUnchangedDirectory(parent, node, below[0]));
    if (isWritten) yield entry;
    if (isOpaque && below.length > 0) yield markEntry(join(path, OPAQUE));
    for (const inner of this.#inside(directory.fd, path, isOpaque ? [] : below)) {
      if (inner && !isWritten) yield entry;
      isWritten ||= inner !== undefined;
      yield inner;
    }
  }

  #isUnchangedDirectory(parent: number, node: Node, below: string | undefined): boolean {
    const inode = below === undefined ? undefined : statAt(AT_FDCWD, below);
    return isUnchanged(parent, node, inode && { path: below!, inode });
  }

  /** Finds the files of several names of which one is new or different. */
  *#findChangedLinks(fd: number, below: readonly string[]): Entries {
    for (const node of readNodes(fd)) {
      const { name, inode } = node;
      if (inode.type === "directory") {
        using directory = openDirectory(fd, name);
        if (directory) yield* this.#findChangedLinks(directory.fd, this.#lowers.below(below, name));
      } else if (inode.linkCount > 1 && !isUnchanged(fd, node, this.#lowers.find(below, name)))
        this.#changedLinks.add(inodeKey(inode));
      yield undefined;
    }
  }
}

function nameOf({ name, node }: Change): string {
  return node ? nameInTar(node) : whiteoutName(name);
}

function openDirectory(parent: number, name: string): (Disposable & { fd: number }) | undefined {
  const fd =
    parent === AT_FDCWD
      ? openAt(parent, name, OpenFlag.directory)
      : tryOpenDirectoryAt(parent, name);
  return fd === undefined ? undefined : { fd, [Symbol.dispose]: () => closeFd(fd) };
}
