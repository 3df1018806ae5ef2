import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodePath, encodePath, systemPath } from "#bytes";
import { type ErofsInode, type ErofsReader, openErofs } from "#erofs";
import {
  AT_FDCWD,
  getXattr,
  listXattrs,
  MountFlag,
  mount,
  readLinkAt,
  statAt,
  unmount,
} from "#kernel";

/** A directory (not on tmpfs) to mount images in, and a file to be their device. Needs root. */
export class Bench implements Disposable {
  readonly #root = mkdtempSync(join(tmpdir(), "shale-erofs-"));
  readonly #image = join(this.#root, "image");
  readonly target = join(this.#root, "mounted");
  readonly device: Uint8Array;

  constructor(device: Uint8Array) {
    this.device = device;
    writeFileSync(join(this.#root, "device"), device);
    mkdirSync(this.target);
  }

  /** Does some work on a mounted image. */
  mounted<T>(image: Uint8Array, withDevice: boolean, work: (root: string) => T): T {
    writeFileSync(this.#image, image);
    const options = withDevice ? `device=${join(this.#root, "device")}` : undefined;
    mount(this.#image, this.target, "erofs", MountFlag.readOnly, options);
    try {
      return work(this.target);
    } finally {
      unmount(this.target);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true });
  }
}

/** What is compared of an inode: all that was written of it. */
export interface Seen {
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: string;
  readonly links: number;
  readonly size: number | undefined;
  readonly device: string | undefined;
  readonly xattrs: string;
  readonly content: string | undefined;
  /** Equal for the names of one inode: the first of them. */
  readonly same: string;
}

const text = (bytes: Uint8Array) => `${bytes.length} ${Bun.hash(bytes)}`;

function xattrText(xattrs: ReadonlyMap<string, Uint8Array>): string {
  return JSON.stringify([...xattrs].map(([name, value]) => [name, text(value)]).sort());
}

/** What a mounted tree must show, by path. */
export function expected(root: ErofsInode, device: Uint8Array): Map<string, Seen> {
  const seen = new Map<string, Seen>();
  const links = new Map<ErofsInode, number>();
  const first = new Map<ErofsInode, string>();
  const walked: [string, ErofsInode][] = [["", root]];
  for (const [path, inode] of walked) {
    links.set(inode, (links.get(inode) ?? 0) + 1);
    const children = [...(inode.children ?? [])].map(([name, child]) => ({
      name,
      child,
      bytes: encodePath(name),
    }));
    for (const { name, child } of children.sort((a, b) => Buffer.compare(a.bytes, b.bytes)))
      walked.push([`${path}/${name}`, child]);
    if (!first.has(inode)) first.set(inode, path);
  }
  for (const [path, inode] of walked) {
    const own = [...(inode.children?.values() ?? [])].filter(({ type }) => type === "directory");
    const device_ = inode.type === "char" || inode.type === "block";
    const content = contentOf(inode, device);
    seen.set(path, {
      type: inode.type,
      mode: inode.mode,
      uid: inode.uid,
      gid: inode.gid,
      mtime: `${inode.mtime.seconds} ${inode.mtime.nanoseconds}`,
      links: inode.type === "directory" ? 2 + own.length : links.get(inode)!,
      size: content?.length,
      device: device_ ? `${inode.deviceMajor} ${inode.deviceMinor}` : undefined,
      xattrs: xattrText(inode.xattrs),
      content: content === undefined ? undefined : text(content),
      same: first.get(inode)!,
    });
  }
  return seen;
}

function contentOf(inode: ErofsInode, device: Uint8Array): Uint8Array | undefined {
  if (inode.type === "symlink") return encodePath(inode.linkPath!);
  if (inode.type !== "file") return undefined;
  if (inode.content !== undefined) return inode.content;
  const bytes = new Uint8Array(inode.size!);
  for (const { offset, length, position } of inode.extents ?? [])
    bytes.set(device.subarray(position, position + length), offset);
  return bytes;
}

/** What the kernel shows of a tree. */
export function seenByKernel(root: string): Map<string, Seen> {
  const seen = new Map<string, Seen>();
  const first = new Map<number | bigint, string>();
  const walked = [""];
  for (const path of walked) {
    const full = root + path;
    const inode = statAt(AT_FDCWD, full)!;
    const { type, mode, uid, gid, mtime, linkCount, size, deviceMajor, deviceMinor } = inode;
    if (!first.has(inode.ino)) first.set(inode.ino, path);
    const xattrs = new Map(listXattrs(full).map((name) => [name, getXattr(full, name)!]));
    const content =
      type === "file"
        ? readFileSync(systemPath(full))
        : type === "symlink"
          ? encodePath(readLinkAt(AT_FDCWD, full)!)
          : undefined;
    seen.set(path, {
      type,
      mode,
      uid,
      gid,
      mtime: `${mtime.seconds} ${mtime.nanoseconds}`,
      links: linkCount,
      size: content === undefined ? undefined : size,
      device: type === "char" || type === "block" ? `${deviceMajor} ${deviceMinor}` : undefined,
      xattrs: xattrText(xattrs),
      content: content === undefined ? undefined : text(content),
      same: first.get(inode.ino)!,
    });
    if (type !== "directory") continue;
    const names = readdirSync(systemPath(full), { encoding: "buffer" }).sort(Buffer.compare);
    for (const name of names) walked.push(`${path}/${decodePath(name)}`);
  }
  return seen;
}

/** What our own reader shows of an image. */
export function seenByReader(image: Uint8Array, device: Uint8Array): Map<string, Seen> {
  const reader = openErofs(image);
  const seen = new Map<string, Seen>();
  const first = new Map<number, string>();
  const walked: [string, number][] = [["", reader.root.nid]];
  for (const [path, nid] of walked) {
    const node = reader.node(nid);
    if (!first.has(nid)) first.set(nid, path);
    const hasContent = node.type === "file" || node.type === "symlink";
    const content = hasContent ? read(reader, nid, image, device) : undefined;
    const isDevice = node.deviceMajor !== undefined;
    seen.set(path, {
      type: node.type,
      mode: node.mode,
      uid: node.uid,
      gid: node.gid,
      mtime: `${node.mtime.seconds} ${node.mtime.nanoseconds}`,
      links: node.linkCount,
      size: hasContent ? node.size : undefined,
      device: isDevice ? `${node.deviceMajor} ${node.deviceMinor}` : undefined,
      xattrs: xattrText(reader.xattrs(node)),
      content: content === undefined ? undefined : text(content),
      same: first.get(nid)!,
    });
    if (node.type !== "directory") continue;
    for (const entry of reader.entries(node)) {
      walked.push([`${path}/${entry.name}`, entry.nid]);
      if (reader.lookup(node, entry.name)?.nid !== entry.nid)
        throw new Error(`${path}/${entry.name} is not found`);
    }
  }
  return seen;
}

function read(reader: ErofsReader, nid: number, image: Uint8Array, device: Uint8Array): Uint8Array {
  const node = reader.node(nid);
  if (node.type === "symlink") return encodePath(reader.readLink(node));
  const extents = reader.extents(node);
  // A damaged image may say that a file of holes is very large.
  const bytes = new Uint8Array(Math.min(node.size, 1 << 20));
  for (const { offset, length, position, inImage } of extents)
    if (offset + length <= bytes.length)
      bytes.set((inImage ? image : device).subarray(position, position + length), offset);
  return bytes;
}

/** The paths at which two views of a tree differ, each with both; none when they are equal. */
export function differences(want: Map<string, Seen>, got: Map<string, Seen>): unknown[] {
  const paths = new Set([...want.keys(), ...got.keys()]);
  return [...paths]
    .filter((path) => !Bun.deepEquals(want.get(path), got.get(path)))
    .map((path) => ({ path, want: want.get(path), got: got.get(path) }));
}
