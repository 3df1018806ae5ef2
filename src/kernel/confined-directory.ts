import { fail } from "#errors";
import { closeFd, openAt, readLinkAt, tryOpenDirectoryAt } from "./inode.ts";
import { AT_FDCWD, OpenFlag } from "./libc.ts";

/** An open directory inside a {@link ConfinedDirectory}. */
export interface OpenDirectory {
  readonly fd: number;
  /** Where it really is below the root, symlinks resolved; "" for the root. */
  readonly path: string;
}

/**
 * Called where a part of a path is neither a directory nor a symlink. May make it a directory,
 * and says so by true; else the walk fails.
 */
export type OnMissing = (parent: OpenDirectory, name: string) => boolean;

/** As the kernel has it (path_resolution(7)). */
const MOST_LINKS = 40;
const MOST_PATH = 4095;
const MOST_DEPTH = 512;
const MOST_STEPS = 8192;
/** Descriptors are scarce, and archives go through a tree directory by directory. */
const MOST_OPEN = 128;

/**
 * A directory that nothing leads out of. Paths are walked one part at a time from descriptor to
 * descriptor; no symlink is ever followed by the kernel: this class reads it and goes on inside,
 * with the root standing for `/` and for whatever is above it (as under chroot(2)). Directories
 * stay open for the next entry that is in them.
 */
export class ConfinedDirectory implements Disposable {
  readonly root: OpenDirectory;
  /** By real path, the least recently used first. */
  readonly #open = new Map<string, OpenDirectory>();
  /** Forgotten, but perhaps still in use until the next directory is asked for. */
  readonly #retired: number[] = [];
  #last: { asked: string; directory: OpenDirectory } | undefined;

  constructor(path: string) {
    this.root = { fd: openAt(AT_FDCWD, path, OpenFlag.directory), path: "" };
  }

  /**
   * The directory of this path; it stays open at least until the next but one is asked for, or
   * the next one after `forget`. Fails with `failed-precondition` where a part is missing or is no
   * directory, and with `resource-exhausted` for a path too deep or with too many symlinks.
   */
  directory(path: string, onMissing: OnMissing = () => false): OpenDirectory {
    if (this.#last?.asked === path) return this.#last.directory;
    this.#closeOldest();
    const directory = this.#known(path) ?? this.#walk(path, onMissing);
    this.#last = { asked: path, directory };
    return directory;
  }

  /** Walks every path anew: to be called when a directory or symlink is removed or replaced. */
  forget(): void {
    for (const { fd } of this.#open.values()) this.#retired.push(fd);
    this.#open.clear();
    this.#last = undefined;
  }

  [Symbol.dispose](): void {
    this.forget();
    this.#closeOldest();
    closeFd(this.root.fd);
  }

  #known(path: string): OpenDirectory | undefined {
    if (path === "") return this.root;
    const directory = this.#open.get(path);
    if (directory) {
      this.#open.delete(path);
      this.#open.set(path, directory);
    }
    return directory;
  }

  #closeOldest(): void {
    for (const fd of this.#retired.splice(0)) closeFd(fd);
    for (const [path, { fd }] of this.#open) {
      if (this.#open.size <= MOST_OPEN) return;
      closeFd(fd);
      this.#open.delete(path);
    }
  }

  #walk(path: string, onMissing: OnMissing): OpenDirectory {
    const pending = path.split("/").reverse();
    let current = this.root;
    let links = 0;
    for (let steps = 0; pending.length > 0; steps++) {
      if (links > MOST_LINKS || steps > MOST_STEPS)
        fail("resource-exhausted", `${path} goes through too many symlinks`);
      const part = pending.pop()!;
      const directory = this.#step(current, part);
      const target = directory ? undefined : readLinkAt(current.fd, part);
      if (directory) current = directory;
      else if (target === undefined) pending.push(this.#make(path, current, part, onMissing));
      else {
        links++;
        if (target.startsWith("/")) current = this.root;
        pending.push(...target.split("/").reverse());
      }
    }
    return current;
  }

  /** One part further; undefined for a symlink and for what is not there. */
  #step(current: OpenDirectory, part: string): OpenDirectory | undefined {
    if (part === "" || part === ".") return current;
    if (part === "..") return this.#parentOf(current);
    const path = current.path === "" ? part : `${current.path}/${part}`;
    return this.#known(path) ?? this.#enter(current, part, path);
  }

  #enter(current: OpenDirectory, part: string, path: string): OpenDirectory | undefined {
    const fd = tryOpenDirectoryAt(current.fd, part);
    if (fd === undefined) return undefined;
    const directory = { fd, path };
    this.#open.set(path, directory);
    if (path.length > MOST_PATH || path.split("/").length > MOST_DEPTH)
      fail("resource-exhausted", `directories are nested too deeply: ${path.slice(0, 80)}…`);
    return directory;
  }

  #parentOf({ path }: OpenDirectory): OpenDirectory {
    const above = path.slice(0, Math.max(path.lastIndexOf("/"), 0));
    return this.#known(above) ?? this.#walk(above, () => false);
  }

  /** Has a part made by who wants it; gives it back, to be walked again. */
  #make(path: string, parent: OpenDirectory, part: string, onMissing: OnMissing): string {
    if (onMissing(parent, part)) return part;
    const above = parent.path || "the root";
    return fail("failed-precondition", `${path}: ${part} in ${above} is no directory`);
  }
}
