import { chunkFormat, writeChunks } from "./chunk-plan.ts";
import { writeDirectoryBlock } from "./directory-plan.ts";
import { COMPACT_SIZE, EXTENDED_SIZE, Layout, TYPES } from "./format.ts";
import type { ErofsInode, ErofsTime } from "./inode.ts";
import type { Areas } from "./place.ts";
import type { Plan } from "./plan.ts";
import { writeXattrs, xattrCount } from "./xattr-plan.ts";

/** Writes an inode, its xattrs and its content. */
export function writeInode(
  image: DataView,
  plan: Plan,
  number: number,
  areas: Areas,
  blockSize: number,
): void {
  const { position: at, inode, content, xattrs, extended } = plan;
  image.setUint16(at, (plan.layout << 1) | (extended ? 1 : 0), true);
  image.setUint16(at + 2, xattrCount(xattrs), true);
  image.setUint16(at + 4, TYPES[inode.type].mode | inode.mode, true);
  putWide(image, at + 8, content.size);
  image.setUint32(at + 16, contentAddress(plan, areas, blockSize), true);
  image.setUint32(at + 20, number, true);
  if (extended) writeExtended(image, plan);
  else writeCompact(image, plan);
  if (xattrs !== undefined)
    writeXattrs(image, at + (extended ? EXTENDED_SIZE : COMPACT_SIZE), xattrs);
  writeContent(image, plan, areas, blockSize);
}

function writeCompact(image: DataView, { position: at, inode, links }: Plan): void {
  image.setUint16(at + 6, links, true);
  image.setUint16(at + 24, inode.uid, true);
  image.setUint16(at + 26, inode.gid, true);
}

function writeExtended(image: DataView, { position: at, inode, links }: Plan): void {
  image.setUint32(at + 24, inode.uid, true);
  image.setUint32(at + 28, inode.gid, true);
  putTime(image, at + 32, inode.mtime);
  image.setUint32(at + 44, links, true);
}

/** What the inode says of where its content is. */
function contentAddress(plan: Plan, areas: Areas, blockSize: number): number {
  const { content, inode } = plan;
  if (content.kind === "chunks") return chunkFormat(content.chunks);
  if (content.kind === "device") return areas.end / blockSize + content.block;
  if (content.kind !== "none") return areas.data / blockSize + plan.dataBlock;
  return inode.type === "char" || inode.type === "block" ? deviceNumber(inode) : 0;
}

/** Linux's `new_encode_dev`. */
function deviceNumber({ deviceMajor = 0, deviceMinor = 0 }: ErofsInode): number {
  return ((deviceMinor & 0xff) | (deviceMajor << 8) | ((deviceMinor & 0xfff00) << 12)) >>> 0;
}

function writeContent(image: DataView, plan: Plan, areas: Areas, blockSize: number): void {
  const { content, tailPosition } = plan;
  if (content.kind === "chunks") writeChunks(image, tailPosition, plan, content.chunks, blockSize);
  if (content.kind !== "bytes" && content.kind !== "entries") return;
  const data = areas.data + plan.dataBlock * blockSize;
  const inBlocks =
    plan.layout === Layout.inline ? content.size - (content.size % blockSize) : content.size;
  if (content.kind === "bytes") {
    const bytes = new Uint8Array(image.buffer);
    bytes.set(content.bytes.subarray(0, inBlocks), data);
    bytes.set(content.bytes.subarray(inBlocks), tailPosition);
    return;
  }
  for (let block = 0; block < content.directory.starts.length; block++) {
    const offset = block * blockSize;
    const position = offset < inBlocks ? data + offset : tailPosition;
    writeDirectoryBlock(image, position, content.directory, block);
  }
}

/** Seconds in 64 bits, which may be negative, and nanoseconds in 32. */
export function putTime(image: DataView, at: number, { seconds, nanoseconds }: ErofsTime): void {
  putWide(image, at, seconds);
  image.setUint32(at + 8, nanoseconds, true);
}

function putWide(image: DataView, at: number, number: number): void {
  image.setUint32(at, number % 2 ** 32, true);
  image.setInt32(at + 4, Math.floor(number / 2 ** 32), true);
}
