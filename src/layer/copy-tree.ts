import { fail } from "#errors";
import {
  AT_FDCWD,
  chmodAt,
  chmodFd,
  chownAt,
  chownFd,
  closeFd,
  copyContent,
  Errno,
  type Inode,
  inodeKey,
  linkAt,
  listXattrs,
  makeDirectoryAt,
  makeNodeAt,
  OpenFlag,
  openAt,
  pathIn,
  readLinkAt,
  setTimesAt,
  setTimesFd,
  statFd,
  symlinkAt,
  trySetXattr,
  type XattrTarget,
} from "#kernel";
import { readXattrs } from "./attributes.ts";
import { join } from "./entry-rules.ts";
import { type Node, readNodes } from "./nodes.ts";
import { Pace } from "./pace.ts";

const NEW_FILE = OpenFlag.writeOnly | OpenFlag.create | OpenFlag.exclusive;

/**
 * Copies the whole content of a directory into another, empty one, with everything kept: owners,
 * modes, times, extended attributes, hard links among the files, holes, devices. The directory's
 * own attributes are copied as well. Sockets are left out. Where the file system can share blocks
 * between files it does.
 */
export async function copyTree(
  from: string,
  to: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const pace = new Pace(options.signal);
  using source = open(openAt(AT_FDCWD, from, OpenFlag.directory));
  using target = open(openAt(AT_FDCWD, to, OpenFlag.directory));
  for (const _ of new TreeCopy(target.fd).copy(source.fd, target.fd, ""))
    if (pace.isDue) await pace.rest();
  finishDirectory(source.fd, target.fd);
}

interface OpenFile extends Disposable {
  readonly fd: number;
}

function open(fd: number): OpenFile {
  return { fd, [Symbol.dispose]: () => closeFd(fd) };
}

class TreeCopy {
  readonly #root: number;
  /** Where the first name of a file that has several was copied to. */
  readonly #first = new Map<string, string>();

  constructor(root: number) {
    this.#root = root;
  }

  *copy(from: number, to: number, above: string): Generator<void> {
    for (const node of readNodes(from)) {
      if (node.inode.type === "directory") yield* this.#directory(from, to, node, above);
      else this.#leaf(from, to, node, above);
      yield;
    }
  }

  *#directory(from: number, to: number, { name }: Node, above: string): Generator<void> {
    makeDirectoryAt(to, name);
    using source = open(openAt(from, name, OpenFlag.directory));
    using target = open(openAt(to, name, OpenFlag.directory));
    yield* this.copy(source.fd, target.fd, join(above, name));
    finishDirectory(source.fd, target.fd);
  }

  #leaf(from: number, to: number, node: Node, above: string): void {
    if (this.#linkToFirst(to, node, above)) return;
    if (node.inode.type === "file") copyFile(from, to, node);
    else copySpecial(from, to, node);
  }

  #linkToFirst(to: number, { name, inode }: Node, above: string): boolean {
    if (inode.linkCount < 2) return false;
    const key = inodeKey(inode);
    const first = this.#first.get(key);
    if (first === undefined) this.#first.set(key, join(above, name));
    else linkAt(this.#root, first, to, name);
    return first !== undefined;
  }
}

function copyFile(from: number, to: number, { name, inode }: Node): void {
  using source = open(openAt(from, name, OpenFlag.readOnly | OpenFlag.nonBlock));
  using target = open(openAt(to, name, NEW_FILE, 0o600));
  copyContent(source.fd, target.fd, inode.size);
  copyAttributes(source.fd, target.fd, inode);
}

function finishDirectory(source: number, target: number): void {
  copyAttributes(source, target, statFd(source));
}

function copyAttributes(source: number, target: number, inode: Inode): void {
  chownFd(target, inode.uid, inode.gid);
  chmodFd(target, inode.mode);
  copyXattrs(source, target);
  setTimesFd(target, inode.mtime);
}

function copySpecial(from: number, to: number, { name, inode }: Node): void {
  const { type, mode, deviceMajor, deviceMinor } = inode;
  if (type === "symlink") symlinkAt(readLinkAt(from, name)!, to, name);
  else makeNodeAt(to, name, type as "char" | "block" | "fifo", 0o600, deviceMajor, deviceMinor);
  chownAt(to, name, inode.uid, inode.gid);
  if (type !== "symlink") chmodAt(to, name, mode);
  copyXattrs(pathIn(from, name), pathIn(to, name));
  setTimesAt(to, name, inode.mtime);
}

/** What the other file system cannot have is left out, but never a file's capabilities. */
function copyXattrs(source: XattrTarget, target: XattrTarget): void {
  for (const [name, value] of readXattrs(source, listXattrs(source))) {
    const errno = trySetXattr(target, name, value);
    const isRefused = errno === Errno.ENOTSUP || errno === Errno.EPERM;
    if (errno !== undefined && (!isRefused || name === "security.capability"))
      fail("failed-precondition", `attribute ${name} cannot be copied (errno ${errno})`);
  }
}
