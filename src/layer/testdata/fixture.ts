import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bytes, chunksOf, collect, concat, systemPath } from "#bytes";
import { AT_FDCWD, closeFd, getXattr, type Inode, inodeKey, listXattrs, readLinkAt, readNames, statAt, tryOpenDirectoryAt } from "#kernel";
import { encodeHeader, endOfArchive, padding, type TarHeader } from "#tar";

/** Root may make devices, give files away and mount; these tests are about just that. */
export const isRoot = process.getuid?.() === 0;

/** A directory that goes away with the test. */
export function scratch(): Disposable & { path: string; at: (name: string) => string } {
  const path = mkdtempSync(join(tmpdir(), "shale-layer-"));
  return {
    path,
    at: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

type Fields = Partial<Omit<TarHeader, "xattrs">> & {
  path: string;
  content?: string;
  xattrs?: Record<string, string>;
};

/** An entry of a tar, by the few fields that matter to a test. */
export function entry({ content = "", xattrs = {}, ...fields }: Fields): Uint8Array {
  const values = Object.entries(xattrs).map(([name, value]) => [name, Buffer.from(value)] as const);
  const header: TarHeader = {
    type: "file",
    mode: fields.type === "directory" ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    mtime: { seconds: 1_700_000_000, nanoseconds: 0 },
    size: content.length,
    ...fields,
    xattrs: new Map(values),
  };
  const body = Buffer.from(content);
  return concat([encodeHeader(header), body, new Uint8Array(padding(body.length))]);
}

/** An entry whose size field says something else than it should. */
export function withSize(path: string, field: Uint8Array): Uint8Array {
  const block = Buffer.from(entry({ path }));
  block.set(field, 124);
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

export const file = (path: string, content = path) => entry({ path, content });
export const directory = (path: string) => entry({ path, type: "directory" });
export const symlink = (path: string, linkPath: string) =>
  entry({ path, type: "symlink", linkPath });
export const hardlink = (path: string, linkPath: string) =>
  entry({ path, type: "hardlink", linkPath });

export function tarOf(...entries: Uint8Array[]): Bytes {
  return chunksOf(concat([...entries, endOfArchive()]));
}

/** Bytes at hand as a stream in small pieces, so that nothing falls on a block's border. */
export async function* inPieces(bytes: Uint8Array, size = 1000): Bytes {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export function bytesOf(tar: Bytes): Promise<Uint8Array> {
  return collect(tar, 1 << 28);
}

/** Everything there is to say of a tree, a line for each name. */
export function listTree(root: string, { times = true, overlay = false } = {}): string[] {
  const firsts = new Map<string, string>();
  const describe = (name: string): string => {
    const path = `${root}/${name}`;
    const inode = statAt(AT_FDCWD, path)!;
    const facts = [name, inode.type, inode.mode.toString(8), `${inode.uid}:${inode.gid}`];
    if (times) facts.push(`${inode.mtime.seconds}.${inode.mtime.nanoseconds}`);
    return [...facts, contentOf(path, inode), linksOf(firsts, name, inode), ...xattrsOf(path, overlay)]
      .filter(Boolean)
      .join(" ");
  };
  return namesBelow(root).map(describe);
}

function namesBelow(root: string, above = ""): string[] {
  const fd = tryOpenDirectoryAt(AT_FDCWD, `${root}/${above}`);
  if (fd === undefined) return [];
  const names = readNames(fd).sort().map((name) => (above ? `${above}/${name}` : name));
  closeFd(fd);
  return names.flatMap((name) => [name, ...namesBelow(root, name)]);
}

function contentOf(path: string, inode: Inode): string {
  if (inode.type === "symlink") return `-> ${readLinkAt(AT_FDCWD, path)}`;
  if (inode.type === "char" || inode.type === "block")
    return `${inode.deviceMajor},${inode.deviceMinor}`;
  if (inode.type !== "file") return "";
  const content = inode.size < 1 << 24 ? readFileSync(systemPath(path)) : Buffer.alloc(0);
  return `${inode.size} ${createHash("sha256").update(content).digest("hex").slice(0, 8)}`;
}

function linksOf(firsts: Map<string, string>, name: string, inode: Inode): string {
  if (inode.linkCount < 2 || inode.type === "directory") return "";
  const first = firsts.get(inodeKey(inode));
  if (first === undefined) firsts.set(inodeKey(inode), name);
  return first === undefined ? "" : `= ${first}`;
}

function xattrsOf(path: string, overlay: boolean): string[] {
  return listXattrs(path)
    .filter((name) => name !== "security.selinux" && (overlay || !name.includes(".overlay.")))
    .sort()
    .map((name) => `${name}=${Buffer.from(getXattr(path, name)!).toString("hex")}`);
}
