import { fail } from "#errors";
import { seal } from "./checksum.ts";
import {
  Compatible,
  DEVICE_BLOCKS,
  DEVICE_MAPPED,
  DEVICE_SLOT_SIZE,
  Field,
  HOLE,
  Incompatible,
  MAGIC,
  SLOT_SIZE,
  SUPERBLOCK,
  SUPERBLOCK_SIZE,
} from "./format.ts";
import type { ErofsInode, ErofsTime } from "./inode.ts";
import { type Areas, chooseForm, commonTime, place } from "./place.ts";
import type { Plan } from "./plan.ts";
import { planTree } from "./plan-tree.ts";
import { putTime, writeInode } from "./write-inode.ts";
import { writeXattr } from "./xattr-plan.ts";

export interface WriteErofsOptions {
  /** Bytes of a block; extents must be aligned to it. 512 unless told. */
  readonly blockSize?: 512 | 4096;
  /**
   * Bytes of the device that extents point into, of which whole blocks count. The image names a
   * device when this is given, and then must be mounted with one; without, it must not.
   */
  readonly deviceSize?: number;
}

/** An image is made in memory; beyond this a tree is not one of a layer. */
const LARGEST_IMAGE = 2 ** 31;

/**
 * The EROFS image of a tree; the same tree gives the same bytes. What the format cannot say fails
 * with `invalid-argument`, what is too much of something with `resource-exhausted`.
 */
export function writeErofs(root: ErofsInode, options: WriteErofsOptions = {}): Uint8Array {
  const { blockSize = 512, deviceSize } = options;
  const { plans, shared } = planTree(root, { blockSize, deviceSize });
  const epoch = commonTime(plans);
  for (const plan of plans) chooseForm(plan, epoch);
  // So that its attributes can be changed in place.
  plans[0]!.extended = true;
  const areas = place(plans, shared, blockSize);
  checkSize(areas.end, blockSize, deviceSize);

  const bytes = new Uint8Array(areas.end);
  const image = new DataView(bytes.buffer);
  writeSuperblock(image, plans, epoch, areas, blockSize, deviceSize);
  for (const [i, plan] of plans.entries()) writeInode(image, plan, i + 1, areas, blockSize);
  for (const xattr of shared) writeXattr(image, areas.shared + xattr.sharedAt!, xattr);
  seal(bytes, blockSize);
  return bytes;
}

function checkSize(end: number, blockSize: number, deviceSize = 0): void {
  if (end > LARGEST_IMAGE)
    fail("resource-exhausted", `an EROFS image of ${end} bytes is larger than ${LARGEST_IMAGE}`);
  if (!Number.isSafeInteger(deviceSize) || deviceSize < 0)
    fail("invalid-argument", `a device cannot have ${deviceSize} bytes`);
  if ((end + deviceSize) / blockSize >= HOLE - 1)
    fail("resource-exhausted", `a device of ${deviceSize} bytes is too large for EROFS`);
}

function writeSuperblock(
  image: DataView,
  plans: readonly Plan[],
  epoch: ErofsTime,
  areas: Areas,
  blockSize: number,
  deviceSize: number | undefined,
): void {
  const at = SUPERBLOCK;
  const chunked = plans.some(({ content }) => content.kind === "chunks");
  const device = deviceSize !== undefined;
  image.setUint32(at + Field.magic, MAGIC, true);
  image.setUint32(at + Field.compatible, Compatible.checksum | Compatible.mtime, true);
  image.setUint8(at + Field.blockBits, Math.log2(blockSize));
  image.setUint16(at + Field.rootNid, plans[0]!.position / SLOT_SIZE, true);
  image.setUint32(at + Field.inodeCount, plans.length, true);
  putTime(image, at + Field.epochSeconds, epoch);
  image.setUint32(at + Field.blocks, areas.end / blockSize, true);
  image.setUint32(at + Field.xattrBlock, areas.shared / blockSize, true);
  const features =
    (chunked ? Incompatible.chunkedFile : 0) | (device ? Incompatible.deviceTable : 0);
  image.setUint32(at + Field.incompatible, features, true);
  if (!device) return;
  const slot = SUPERBLOCK + SUPERBLOCK_SIZE;
  image.setUint16(at + Field.deviceCount, 1, true);
  image.setUint16(at + Field.deviceSlot, slot / DEVICE_SLOT_SIZE, true);
  image.setUint32(slot + DEVICE_BLOCKS, Math.floor(deviceSize / blockSize), true);
  // Block addresses from the end of the image on are the device's.
  image.setUint32(slot + DEVICE_MAPPED, areas.end / blockSize, true);
}
