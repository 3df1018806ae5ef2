import { decodePath } from "#bytes";
import { alignUp, XATTR_ENTRY_SIZE, XATTR_HEADER_SIZE, XATTR_PREFIXES } from "./format.ts";
import { damaged, type ErofsSource, readPiece, type Superblock } from "./image.ts";
import type { RawInode } from "./read-inode.ts";

/** All xattrs of an inode: those behind it and those in the shared area. */
export function readXattrs(
  source: ErofsSource,
  { sharedXattrs }: Superblock,
  { xattrs, xattrsSize }: RawInode,
): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  if (xattrsSize <= XATTR_HEADER_SIZE) return found;
  const body = readPiece(source, xattrs, xattrsSize);
  const inlineAt = XATTR_HEADER_SIZE + body.getUint8(4) * 4;
  if (inlineAt > xattrsSize) damaged("an inode shares more attributes than it has");
  for (let at = XATTR_HEADER_SIZE; at < inlineAt; at += 4)
    readXattr(source, sharedXattrs + body.getUint32(at, true) * 4, found);
  for (let at = inlineAt; at < xattrsSize; ) {
    at += readXattr(source, xattrs + at, found);
    if (at > xattrsSize) damaged("an attribute is outside of its inode");
  }
  return found;
}

/** Adds one, and gives the bytes that it takes. */
function readXattr(source: ErofsSource, at: number, found: Map<string, Uint8Array>): number {
  const head = readPiece(source, at, XATTR_ENTRY_SIZE);
  const [nameLength, valueLength] = [head.getUint8(0), head.getUint16(2, true)];
  const prefix = XATTR_PREFIXES.get(head.getUint8(1)) ?? damaged("an attribute has no known name");
  const body = readPiece(source, at + XATTR_ENTRY_SIZE, nameLength + valueLength);
  const bytes = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  const name = prefix + decodePath(bytes.subarray(0, nameLength));
  found.set(name, bytes.slice(nameLength));
  return alignUp(XATTR_ENTRY_SIZE + nameLength + valueLength, 4);
}
