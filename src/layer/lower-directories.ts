import {
  AT_FDCWD,
  closeFd,
  getXattr,
  type Inode,
  OpenFlag,
  openAt,
  readNames,
  statAt,
} from "#kernel";
import { readImageXattrs } from "./attributes.ts";
import { placeOf } from "./entry-rules.ts";
import { isWhiteoutDevice } from "./whiteout-device.ts";

/** The attributes that a merged directory has. */
export interface DirectoryAttributes extends Pick<Inode, "mode" | "uid" | "gid" | "mtime"> {
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

/** What a directory gets that no layer says anything about. */
export const DEFAULT_ATTRIBUTES: DirectoryAttributes = {
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtime: { seconds: 0, nanoseconds: 0 },
  xattrs: new Map(),
};

/** A name as the stack of layers shows it. */
export interface Lower {
  readonly path: string;
  readonly inode: Inode;
}

/** Layer directories as overlay stacks them, topmost first. */
export class LowerDirectories {
  readonly roots: readonly string[];
  readonly #opaque: string;

  constructor(roots: readonly string[], xattrPrefix: string) {
    this.roots = roots;
    this.#opaque = `${xattrPrefix}opaque`;
  }

  /** The attributes of the directory that shows at this path in the stack, if one does. */
  attributesOf(path: string): DirectoryAttributes | undefined {
    const found = this.merged(path)[0];
    if (found === undefined) return undefined;
    const { mode, uid, gid, mtime } = statAt(AT_FDCWD, found)!;
    return { mode, uid, gid, mtime, xattrs: readImageXattrs(found) };
  }

  /** Whether anything shows at this path. */
  has(path: string): boolean {
    const { directory, name } = placeOf(path);
    return this.find(this.merged(directory), name) !== undefined;
  }

  /** The directories that are merged at this path, topmost first; none if it is no directory. */
  merged(path: string): readonly string[] {
    const parts = path === "" ? [] : path.split("/");
    return parts.reduce((above, part) => this.below(above, part), this.roots);
  }

  /** The directories that are merged at a name in merged directories. */
  below(above: readonly string[], name: string): readonly string[] {
    const merged: string[] = [];
    for (const directory of above) {
      const path = `${directory}/${name}`;
      const inode = statAt(AT_FDCWD, path);
      if (!inode) continue;
      if (inode.type !== "directory") break;
      merged.push(path);
      if (this.isOpaque(path)) break;
    }
    return merged;
  }

  /** What shows at a name in merged directories. */
  find(above: readonly string[], name: string): Lower | undefined {
    for (const directory of above) {
      const path = `${directory}/${name}`;
      const inode = statAt(AT_FDCWD, path);
      if (inode) return isWhiteoutDevice(inode) ? undefined : { path, inode };
    }
    return undefined;
  }

  /** The names that show in merged directories. */
  names(merged: readonly string[]): Set<string> {
    const names = new Set(merged.flatMap(namesIn));
    for (const name of names) if (!this.find(merged, name)) names.delete(name);
    return names;
  }

  isOpaque(target: string | number): boolean {
    const value = getXattr(target, this.#opaque);
    return value?.length === 1 && value[0] === 0x79;
  }
}

/** The names in a directory. */
export function namesIn(path: string): string[] {
  const fd = openAt(AT_FDCWD, path, OpenFlag.directory);
  try {
    return readNames(fd);
  } finally {
    closeFd(fd);
  }
}
