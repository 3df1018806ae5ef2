import {
  AT_FDCWD,
  closeFd,
  type Inode,
  OpenFlag,
  openAt,
  pathIn,
  readFully,
  readLinkAt,
} from "#kernel";
import { readImageXattrs } from "./attributes.ts";
import type { Lower } from "./lower-directories.ts";
import type { Node } from "./nodes.ts";

/** Whether a name is just as it is in the layers below, so that a layer need not have it. */
export function isUnchanged(directory: number, node: Node, lower: Lower | undefined): boolean {
  if (!lower || !hasSameAttributes(node.inode, lower.inode)) return false;
  if (!hasSameXattrs(pathIn(directory, node.name), lower.path)) return false;
  if (node.inode.type === "symlink")
    return readLinkAt(directory, node.name) === readLinkAt(AT_FDCWD, lower.path);
  return node.inode.type !== "file" || hasSameContent(directory, node, lower);
}

function hasSameAttributes(a: Inode, b: Inode): boolean {
  // A new name for a file is a change of the file: both names have to be in the layer.
  const hasNewLinks = a.type !== "directory" && a.linkCount > 1 && a.linkCount !== b.linkCount;
  return (
    !hasNewLinks &&
    a.type === b.type &&
    (a.type === "directory" || a.size === b.size) &&
    a.mtime.seconds === b.mtime.seconds &&
    a.mtime.nanoseconds === b.mtime.nanoseconds &&
    hasSameOwner(a, b) &&
    a.deviceMajor === b.deviceMajor &&
    a.deviceMinor === b.deviceMinor
  );
}

/** Whether mode, owner and group are the same. */
export function hasSameOwner(
  a: Pick<Inode, "mode" | "uid" | "gid">,
  b: Pick<Inode, "mode" | "uid" | "gid">,
): boolean {
  return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;
}

/** Whether two inodes have the same attributes of those that images keep. */
export function hasSameXattrs(a: string | number, b: string): boolean {
  const [ours, theirs] = [readImageXattrs(a), readImageXattrs(b)];
  if (ours.size !== theirs.size) return false;
  for (const [name, value] of ours) {
    const other = theirs.get(name);
    if (!other || Buffer.compare(value, other) !== 0) return false;
  }
  return true;
}

const PART = 256 * 1024;
const left = Buffer.allocUnsafe(PART);
const right = Buffer.allocUnsafe(PART);

function hasSameContent(directory: number, { name, inode }: Node, lower: Lower): boolean {
  using a = open(directory, name);
  using b = open(AT_FDCWD, lower.path);
  for (let at = 0; at < inode.size; at += PART) {
    const got = readFully(a.fd, left, 0, PART);
    const other = readFully(b.fd, right, 0, PART);
    if (got !== other || !left.subarray(0, got).equals(right.subarray(0, got))) return false;
  }
  return true;
}

function open(directory: number, name: string): Disposable & { fd: number } {
  const fd = openAt(directory, name, OpenFlag.readOnly | OpenFlag.nonBlock);
  return { fd, [Symbol.dispose]: () => closeFd(fd) };
}
