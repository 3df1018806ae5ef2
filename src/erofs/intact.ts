import { DIGEST_SIZE, imageDigest, labelOf, seal, superblockChecksum } from "./checksum.ts";
import { Field, MAGIC, SUPERBLOCK, SUPERBLOCK_SIZE } from "./format.ts";

/**
 * Whether the bytes are the whole image that `writeErofs` made: their number, the superblock's
 * checksum, and the digest of all of them that is kept as the superblock's uuid. Where a label is
 * given, whether it has that one (see {@link labelErofs}).
 */
export function isIntactErofs(bytes: Uint8Array, label?: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < SUPERBLOCK + SUPERBLOCK_SIZE) return false;
  const field = (at: number) => view.getUint32(SUPERBLOCK + at, true);
  const bits = view.getUint8(SUPERBLOCK + Field.blockBits);
  if (field(Field.magic) !== MAGIC || (bits !== 9 && bits !== 12)) return false;
  const blockSize = 2 ** bits;
  if (field(Field.blocks) * blockSize !== bytes.length) return false;
  if (superblockChecksum(bytes, blockSize) !== field(Field.checksum)) return false;
  const uuid = bytes.subarray(SUPERBLOCK + Field.uuid, SUPERBLOCK + Field.uuid + DIGEST_SIZE);
  if (Buffer.compare(uuid, imageDigest(bytes)) !== 0) return false;
  return label === undefined || Buffer.compare(labelOf(bytes), label) === 0;
}

/** A copy of an image that has 16 bytes as its label: whatever its owner wants to know it by. */
export function labelErofs(image: Uint8Array, label: Uint8Array): Uint8Array {
  const copy = new Uint8Array(image);
  labelOf(copy).set(label);
  seal(copy, 2 ** image[SUPERBLOCK + Field.blockBits]!);
  return copy;
}
