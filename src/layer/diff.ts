import type { Bytes } from "#bytes";
import { fail } from "#errors";
import { AT_FDCWD, getXattr, listXattrs, pathIn, statAt } from "#kernel";
import { type Change, ChangeWalk, type Removals } from "./change-walk.ts";
import { shown } from "./entry-rules.ts";
import { type Comparison, listChanges, type TreeChange } from "./list-changes.ts";
import { LowerDirectories, namesIn } from "./lower-directories.ts";
import type { Node } from "./nodes.ts";
import { isWhiteoutDevice } from "./whiteout-device.ts";
import { LayerTar } from "./write-layer.ts";

export interface DiffOptions {
  /**
   * Paths that were made to be mounted on, and those above them: left out where they are new and
   * nothing is in them, or a link's target only.
   */
  readonly stubs?: ReadonlySet<string>;
  readonly signal?: AbortSignal;
}

export interface DiffOverlayOptions extends DiffOptions {
  /** Directories of the layers below, topmost first. */
  readonly lowers: readonly string[];
  /** Overlay's attribute namespace: `user.overlay.` where it was mounted with userxattr. */
  readonly xattrPrefix?: "trusted.overlay." | "user.overlay.";
}

/**
 * The upper directory of an overlay as a layer's deterministic tar: overlay's marks become
 * whiteouts, and what was only copied up and is as it is below is left out. The overlay must have
 * been mounted without metacopy and redirects: what lacks its content fails with
 * `failed-precondition`.
 */
export function diffOverlay(upper: string, options: DiffOverlayOptions): Bytes {
  return tarOf(upper, overlayComparison(options), options);
}

/**
 * What changed from one whole tree to another, as a layer's deterministic tar. Files of the same
 * size, time and attributes are compared by content. Without `lower` everything is new.
 */
export function diffDirectories(
  lower: string | undefined,
  upper: string,
  options: DiffOptions = {},
): Bytes {
  return tarOf(upper, treeComparison(lower), options);
}

/** The names of what {@link diffOverlay} would have in its tar. `undefined` is just a pause. */
export function overlayChanges(
  upper: string,
  options: DiffOverlayOptions,
): Iterable<TreeChange | undefined> {
  return listChanges(upper, overlayComparison(options), options.stubs);
}

/** The same of {@link diffDirectories}. */
export function directoryChanges(
  lower: string | undefined,
  upper: string,
  { stubs }: DiffOptions = {},
): Iterable<TreeChange | undefined> {
  return listChanges(upper, treeComparison(lower), stubs);
}

function overlayComparison(options: DiffOverlayOptions): Comparison {
  const prefix = options.xattrPrefix ?? "trusted.overlay.";
  const lowers = new LowerDirectories(options.lowers, prefix);
  return { lowers, removals: new MarkedRemovals(lowers, prefix) };
}

function treeComparison(lower: string | undefined): Comparison {
  const roots = lower === undefined ? [] : [lower];
  const lowers = new LowerDirectories(roots, "trusted.overlay.");
  return { lowers, removals: new AbsentNames() };
}

function tarOf(
  upper: string,
  { lowers, removals }: Comparison,
  { stubs, signal }: DiffOptions,
): Bytes {
  const entries = new ChangeWalk(lowers, removals, stubs).entries(upper);
  return new LayerTar(entries, { whiteouts: true, ...(signal && { signal }) });
}

/** An overlay's upper directory marks what is removed (Documentation/filesystems/overlayfs.rst). */
class MarkedRemovals implements Removals {
  // The kernel copies a file up to break its links, so those in the upper directory are new.
  readonly linksAreChanges = true;
  readonly #lowers: LowerDirectories;
  readonly #prefix: string;

  constructor(lowers: LowerDirectories, prefix: string) {
    this.#lowers = lowers;
    this.#prefix = prefix;
  }

  changes(fd: number, nodes: readonly Node[]): Change[] {
    return nodes.map((node) => ({
      name: node.name,
      node: this.#isMark(fd, node) ? undefined : node,
    }));
  }

  isOpaque(fd: number): boolean {
    return this.#lowers.isOpaque(fd);
  }

  check(target: string, path: string): void {
    for (const name of listXattrs(target))
      if (name === `${this.#prefix}metacopy` || name === `${this.#prefix}redirect`)
        fail(
          "failed-precondition",
          `${shown(path)} has its content in a lower layer (${name}): mount overlay with metacopy=off,redirect_dir=off`,
        );
  }

  /** A device 0:0, or an empty file with an attribute (kernel 6.7 and later). */
  #isMark(fd: number, { name, inode }: Node): boolean {
    if (isWhiteoutDevice(inode)) return true;
    if (inode.type !== "file" || inode.size > 0) return false;
    return getXattr(pathIn(fd, name), `${this.#prefix}whiteout`) !== undefined;
  }
}

/** In a whole tree, what is removed is what is not there. */
class AbsentNames implements Removals {
  readonly linksAreChanges = false;

  changes(_fd: number, nodes: readonly Node[], below: readonly string[]): Change[] {
    const here = new Set(nodes.map(({ name }) => name));
    const gone = below
      .flatMap((path) => namesIn(path).filter((name) => isKept(`${path}/${name}`)))
      .filter((name) => !here.has(name));
    return [
      ...nodes.map((node) => ({ name: node.name, node })),
      ...gone.map((name) => ({ name, node: undefined })),
    ];
  }

  isOpaque(): boolean {
    return false;
  }

  check(): void {}
}

/** Whether a layer can have had it: sockets never are in one. */
function isKept(path: string): boolean {
  return statAt(AT_FDCWD, path)?.type !== "socket";
}
