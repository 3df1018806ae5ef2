import { fail, kindOf } from "#errors";
import {
  ConfinedDirectory,
  chmodFd,
  chmodFound,
  chownAt,
  chownFd,
  closeFd,
  type InodeTime,
  inUserNamespace,
  linkAt,
  makeDirectoryAt,
  type OpenDirectory,
  OpenFlag,
  openAt,
  pathIn,
  setTimesAt,
  statAt,
  statFd,
  unlinkAt,
} from "#kernel";
import type { TarHeader, TarSink } from "#tar";
import { replaceImageXattrs } from "./attributes.ts";
import { EntryRules, join, type Place, placeOf } from "./entry-rules.ts";
import type { ExtractOptions } from "./extract.ts";
import { IncomingFile, makeSpecial } from "./incoming-file.ts";
import { removeTreeAt } from "./remove-tree.ts";
import { renameEntry } from "./rename-entry.ts";

const NEW_DIRECTORY_MODE = 0o755;
const UNLIMITED = { maxEntries: Number.POSITIVE_INFINITY, maxSize: Number.POSITIVE_INFINITY };

/** Writes the entries of an archive into a tree that may be in use, as a parser finds them. */
export class ArchiveWriter implements TarSink, Disposable {
  readonly #rules = new EntryRules(UNLIMITED, { anyName: true });
  readonly #root: ConfinedDirectory;
  readonly #options: ExtractOptions;
  /** What each directory of the archive is to have in the end: every new name changes it. */
  readonly #times = new Map<string, InodeTime>();
  #file: IncomingFile | undefined;

  constructor(root: string, options: ExtractOptions) {
    this.#root = new ConfinedDirectory(root);
    this.#options = options;
  }

  entry(given: TarHeader): void {
    const { rename, owner } = this.#options;
    const header = { ...(rename ? renameEntry(given, rename) : given), ...owner };
    const meaning = this.#rules.check(header);
    if (meaning.kind !== "change") return;
    const parent = this.#directory(meaning.at.directory);
    const { name } = meaning.at;
    if (header.type === "directory") this.#makeDirectory(header, parent, name);
    else if (meaning.link) this.#makeLink(header, parent, name, meaning.link);
    else this.#makeLeaf(header, parent, name);
  }

  data(chunk: Uint8Array, position: number): void {
    this.#file?.write(chunk, position);
  }

  close(): void {
    this.#file?.finish(ignore);
    this.#closeFile();
  }

  /** All entries have come. */
  finish(): void {
    for (const [path, time] of this.#times) {
      const { directory, name } = placeOf(path);
      const parent = this.#find(directory);
      if (parent && statAt(parent.fd, name)) setTimesAt(parent.fd, name, time);
    }
  }

  [Symbol.dispose](): void {
    this.#closeFile();
    this.#root[Symbol.dispose]();
  }

  #closeFile(): void {
    this.#file?.[Symbol.dispose]();
    this.#file = undefined;
  }

  /** A directory of the archive, made where it is missing. */
  #directory(path: string): OpenDirectory {
    const directory = this.#root.directory(this.#below(path), (parent, name) => {
      if (statAt(parent.fd, name)) return false;
      this.#options.admit?.(parent);
      makeDirectoryAt(parent.fd, name, NEW_DIRECTORY_MODE);
      return true;
    });
    this.#options.admit?.(directory);
    return directory;
  }

  #below(path: string): string {
    return join(this.#options.directory ?? "", path);
  }

  #makeDirectory(header: TarHeader, parent: OpenDirectory, name: string): void {
    if (!this.#clear(header, parent, name)) makeDirectoryAt(parent.fd, name);
    using directory = openInode(parent, name, OpenFlag.directory);
    chownFd(directory.fd, header.uid, header.gid);
    chmodFd(directory.fd, header.mode);
    replaceImageXattrs(directory.fd, header.xattrs, header.path, ignore);
    this.#times.set(join(parent.path, name), header.mtime);
  }

  #makeLink(header: TarHeader, parent: OpenDirectory, name: string, link: Place): void {
    this.#clear(header, parent, name);
    const from = this.#find(this.#below(link.directory));
    if (!from || statAt(from.fd, link.name)?.type === "directory")
      fail("invalid-argument", `hard link ${header.path} points to no file: ${header.linkPath}`);
    linkAt(from.fd, link.name, parent.fd, name);
  }

  #makeLeaf(header: TarHeader, parent: OpenDirectory, name: string): void {
    this.#clear(header, parent, name);
    if (header.type === "file") this.#file = new IncomingFile(parent, name, header);
    else if (makeIfPossible(header, parent, name)) setAttributes(header, parent, name);
  }

  /** Takes away what has the name; says whether there is a directory, which is kept for one. */
  #clear({ type, path }: TarHeader, parent: OpenDirectory, name: string): boolean {
    const there = statAt(parent.fd, name);
    if (there === undefined) return false;
    const [was, is] = [there.type === "directory", type === "directory"];
    if (was && is) return true;
    if (was !== is && this.#options.keepKinds)
      failKinds(join(parent.path, name), was, this.#options.directory ?? path);
    if (was) removeTreeAt(parent.fd, name);
    else unlinkAt(parent.fd, name);
    if (was || there.type === "symlink") this.#root.forget();
    return false;
  }

  #find(path: string): OpenDirectory | undefined {
    try {
      return this.#root.directory(path);
    } catch (error) {
      if (kindOf(error) === "failed-precondition") return undefined;
      throw error;
    }
  }
}

/** In Docker's words. */
function failKinds(path: string, wasDirectory: boolean, directory: string): never {
  const [old, next] = wasDirectory
    ? ["directory", "non-directory"]
    : ["non-directory", "directory"];
  return fail("invalid-argument", `cannot overwrite ${old} "/${path}" with ${next} "${directory}"`);
}

/** A device that root of a user namespace may not make is left out, as Docker does. */
function makeIfPossible(header: TarHeader, parent: OpenDirectory, name: string): boolean {
  try {
    makeSpecial(header, parent, name);
    return true;
  } catch (error) {
    if (kindOf(error) !== "permission-denied" || !inUserNamespace()) throw error;
    return false;
  }
}

function setAttributes(header: TarHeader, parent: OpenDirectory, name: string): void {
  chownAt(parent.fd, name, header.uid, header.gid);
  if (header.type !== "symlink") setMode(header, parent, name);
  replaceImageXattrs(pathIn(parent.fd, name), header.xattrs, header.path, ignore);
  setTimesAt(parent.fd, name, header.mtime);
}

/** chmod(2) would follow a symlink that somebody has just put there. */
function setMode({ type, mode, path }: TarHeader, parent: OpenDirectory, name: string): void {
  using inode = openInode(parent, name, OpenFlag.path);
  if (statFd(inode.fd).type !== type) fail("conflict", `${path} was replaced while it was made`);
  chmodFound(inode.fd, mode);
}

function openInode(
  parent: OpenDirectory,
  name: string,
  flags: number,
): Disposable & { fd: number } {
  const fd = openAt(parent.fd, name, flags);
  return { fd, [Symbol.dispose]: () => closeFd(fd) };
}

/** An attribute that the place cannot have is lost without a word, as with other tools. */
function ignore(): void {}
