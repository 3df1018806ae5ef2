import { encodePath } from "#bytes";
import { fail } from "#errors";
import { checksumOf } from "./block.ts";
import { BLOCK, type EntryType, padding, storedSize, type TarHeader } from "./header.ts";
import { fitsOctal, writeOctal } from "./numbers.ts";
import { formatPaxRecords, formatPaxTime, type PaxRecords, xattrKeyword } from "./pax.ts";

const FLAGS: Record<EntryType, string> = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  char: "3",
  block: "4",
  directory: "5",
  fifo: "6",
};
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are ASCII as well
const ASCII = /^[\x01-\x7f]*$/;
const MOST_NAME = 100;
const MOST_PREFIX = 155;
const MOST_USER_NAME = 31;
const ID_DIGITS = 7;
const SIZE_DIGITS = 11;

/** Two blocks of zeros: what an archive ends with. */
export function endOfArchive(): Uint8Array {
  return new Uint8Array(2 * BLOCK);
}

/**
 * The bytes that stand before an entry's content: one ustar block, with a pax header before it
 * for just what ustar cannot say. Equal headers give equal bytes. GNU tar, Go's archive/tar and
 * Python's tarfile read it. Sparse files are written in GNU's format 0.1.
 */
export function encodeHeader(header: TarHeader): Uint8Array {
  const path = pathOf(header);
  const split = splitPath(path);
  const records = recordsFor(header, path, split !== undefined);
  if (records.size === 0) return ustarBlock(header, split!);
  const pax = formatPaxRecords(records);
  const fill = Buffer.alloc(padding(pax.length));
  const name = split ?? { name: plain(path), prefix: "" };
  return Buffer.concat([paxBlock(path, pax.length), pax, fill, ustarBlock(header, name)]);
}

function pathOf({ path, type, linkPath }: TarHeader): string {
  if (path === "" || path.includes("\0") || linkPath?.includes("\0"))
    fail("invalid-argument", `this cannot be the name of a tar entry: ${JSON.stringify(path)}`);
  return type === "directory" && !path.endsWith("/") ? `${path}/` : path;
}

interface Split {
  readonly name: string;
  readonly prefix: string;
}

/** A path as ustar's two fields; undefined when it does not fit. */
function splitPath(path: string): Split | undefined {
  if (!ASCII.test(path)) return undefined;
  if (path.length <= MOST_NAME) return { name: path, prefix: "" };
  const end = path.endsWith("/") ? path.length - 2 : path.length - 1;
  const slash = path.lastIndexOf("/", Math.min(end, MOST_PREFIX));
  const name = path.slice(slash + 1);
  if (slash <= 0 || name.length > MOST_NAME) return undefined;
  return { name, prefix: path.slice(0, slash) };
}

function recordsFor(header: TarHeader, path: string, hasPath: boolean): PaxRecords {
  const records: PaxRecords = new Map();
  const set = (key: string, value: string) => records.set(key, encodePath(value));
  if (!hasPath && !header.sparse) set("path", path);
  const { linkPath = "", uname = "", gname = "" } = header;
  if (!ASCII.test(linkPath) || linkPath.length > MOST_NAME) set("linkpath", linkPath);
  if (!ASCII.test(uname) || uname.length > MOST_USER_NAME) set("uname", uname);
  if (!ASCII.test(gname) || gname.length > MOST_USER_NAME) set("gname", gname);
  numberRecords(header, set);
  if (header.sparse) sparseRecords(header, path, set);
  for (const [name, value] of header.xattrs) records.set(xattrKeyword(name), value);
  return records;
}

type SetRecord = (key: string, value: string) => void;

function numberRecords(header: TarHeader, set: SetRecord): void {
  const { uid, gid, mtime } = header;
  const size = contentSize(header);
  for (const [key, value] of Object.entries({ uid, gid, size }))
    if (!Number.isSafeInteger(value) || value < 0)
      fail("invalid-argument", `${key} of ${header.path} cannot be ${value}`);
  if (!fitsOctal(uid, ID_DIGITS)) set("uid", String(uid));
  if (!fitsOctal(gid, ID_DIGITS)) set("gid", String(gid));
  if (!fitsOctal(size, SIZE_DIGITS)) set("size", String(size));
  if (mtime.nanoseconds !== 0 || !fitsOctal(mtime.seconds, SIZE_DIGITS))
    set("mtime", formatPaxTime(mtime));
}

function sparseRecords(header: TarHeader, path: string, set: SetRecord): void {
  const map = header.sparse!.flatMap(({ offset, length }) => [offset, length]);
  // An empty record would take the keyword back; GNU tar also names the end of the file.
  set("GNU.sparse.map", map.length > 0 ? map.join(",") : `${header.size},0`);
  set("GNU.sparse.name", path);
  set("GNU.sparse.numblocks", String(header.sparse!.length));
  set("GNU.sparse.size", String(header.size));
}

function contentSize(header: TarHeader): number {
  return header.type === "file" ? storedSize(header) : 0;
}

function ustarBlock(header: TarHeader, { name, prefix }: Split): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, "latin1");
  const number = (at: number, digits: number, value: number) =>
    writeOctal(block, at, digits, fitsOctal(value, digits) ? value : 0);
  number(100, 7, header.mode & 0o7777);
  number(108, 7, header.uid);
  number(116, 7, header.gid);
  number(124, 11, contentSize(header));
  number(136, 11, header.mtime.seconds);
  block.write(FLAGS[header.type], 156, "latin1");
  block.write(plain(header.linkPath ?? ""), 157, "latin1");
  block.write(plain(header.uname ?? "").slice(0, MOST_USER_NAME), 265, "latin1");
  block.write(plain(header.gname ?? "").slice(0, MOST_USER_NAME), 297, "latin1");
  number(329, 7, header.deviceMajor ?? 0);
  number(337, 7, header.deviceMinor ?? 0);
  block.write(prefix, 345, "latin1");
  return sealed(block);
}

function paxBlock(path: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const base = path.replace(/\/+$/, "").split("/").at(-1)!;
  block.write(plain(`PaxHeaders.0/${base}`), 0, "latin1");
  for (const at of [108, 116, 329, 337]) writeOctal(block, at, 7, 0);
  writeOctal(block, 100, 7, 0o644);
  writeOctal(block, 124, 11, size);
  writeOctal(block, 136, 11, 0);
  block.write("x", 156, "latin1");
  return sealed(block);
}

function sealed(block: Buffer): Buffer {
  block.write("ustar\0" + "00", 257, "latin1");
  writeOctal(block, 148, 6, checksumOf(block));
  block[155] = 0x20;
  return block;
}

/** What an old reader that does not know pax sees of a name. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: everything beyond ASCII goes
  return text.replace(/[^\x01-\x7f]/g, "").slice(0, MOST_NAME);
}
