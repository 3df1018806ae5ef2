import { fail } from "#errors";
import { checksumEnd, superblockChecksum } from "./checksum.ts";
import {
  Compatible,
  DEVICE_BLOCKS,
  DEVICE_MAPPED,
  DEVICE_SLOT_SIZE,
  Field,
  Incompatible,
  MAGIC,
  SUPERBLOCK,
  SUPERBLOCK_SIZE,
} from "./format.ts";
import type { ErofsTime } from "./inode.ts";

/** Random access to an image: `read` gives exactly `length` bytes. */
export interface ErofsSource {
  readonly size: number;
  read(position: number, length: number): Uint8Array;
}

/** What the superblock says. */
export interface Superblock {
  readonly blockSize: number;
  readonly blocks: number;
  readonly rootNid: number;
  readonly epoch: ErofsTime;
  /** Where nids count from, and the area of shared xattrs. */
  readonly meta: number;
  readonly sharedXattrs: number;
  /** The device's bytes, and where they begin in the space of addresses that has the image first. */
  readonly device: { readonly size: number; readonly mapped: number };
}

/** Fails because the image is not as the format wants it. */
export function damaged(what: string): never {
  return fail("data-loss", `damaged EROFS image: ${what}`);
}

/** A piece of the image, checked to lie in it. */
export function readPiece(source: ErofsSource, position: number, length: number): DataView {
  if (!(position >= 0 && length >= 0 && position + length <= source.size))
    damaged(`${length} bytes at ${position} are outside of its ${source.size}`);
  const bytes = source.read(position, length);
  if (bytes.length !== length) damaged(`it ends at ${position + bytes.length}`);
  return new DataView(bytes.buffer, bytes.byteOffset, length);
}

/** A number of 64 bits, which must be exact as a JavaScript one. */
export function getWide(view: DataView, at: number): number {
  const number = view.getUint32(at, true) + view.getInt32(at + 4, true) * 2 ** 32;
  return Number.isSafeInteger(number) ? number : damaged("a number in it is out of range");
}

export function getTime(view: DataView, at: number): ErofsTime {
  const nanoseconds = view.getUint32(at + 8, true);
  if (nanoseconds > 999_999_999) damaged("a time in it has more than a second of nanoseconds");
  return { seconds: getWide(view, at), nanoseconds };
}

export function readSuperblock(source: ErofsSource): Superblock {
  const view = readPiece(source, SUPERBLOCK, SUPERBLOCK_SIZE);
  if (view.getUint32(Field.magic, true) !== MAGIC) damaged("it has no superblock");
  const bits = view.getUint8(Field.blockBits);
  if (bits < 9 || bits > 12) damaged(`its blocks have ${bits} bits`);
  const blockSize = 2 ** bits;
  checkSuperblock(source, view, blockSize);
  return {
    blockSize,
    blocks: view.getUint32(Field.blocks, true),
    rootNid: view.getUint16(Field.rootNid, true),
    epoch: getTime(view, Field.epochSeconds),
    meta: view.getUint32(Field.metaBlock, true) * blockSize,
    sharedXattrs: view.getUint32(Field.xattrBlock, true) * blockSize,
    device: readDevice(source, view, blockSize),
  };
}

const KNOWN = Incompatible.zeroPadding | Incompatible.chunkedFile | Incompatible.deviceTable;

function checkSuperblock(source: ErofsSource, view: DataView, blockSize: number): void {
  if ((view.getUint32(Field.incompatible, true) & ~KNOWN) !== 0)
    damaged("it has features that shale does not write");
  if ((view.getUint32(Field.compatible, true) & Compatible.checksum) === 0) return;
  const start = readPiece(source, 0, checksumEnd(blockSize));
  const bytes = new Uint8Array(start.buffer, start.byteOffset, start.byteLength);
  if (superblockChecksum(bytes, blockSize) !== view.getUint32(Field.checksum, true))
    damaged("the checksum of its superblock is wrong");
}

function readDevice(source: ErofsSource, view: DataView, blockSize: number) {
  if (view.getUint16(Field.deviceCount, true) === 0) return { size: 0, mapped: 0 };
  const slot = view.getUint16(Field.deviceSlot, true) * DEVICE_SLOT_SIZE;
  const device = readPiece(source, slot, DEVICE_SLOT_SIZE);
  return {
    size: device.getUint32(DEVICE_BLOCKS, true) * blockSize,
    mapped: device.getUint32(DEVICE_MAPPED, true) * blockSize,
  };
}
