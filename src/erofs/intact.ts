import { DIGEST_SIZE, imageDigest, superblockChecksum } from "./checksum.ts";
import { Field, MAGIC, SUPERBLOCK, SUPERBLOCK_SIZE } from "./format.ts";

/**
 * Whether the bytes are the whole image that `writeErofs` made: their number, the superblock's
 * checksum, and the digest of all of them that is kept as the superblock's uuid.
 */
export function isIntactErofs(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < SUPERBLOCK + SUPERBLOCK_SIZE) return false;
  const field = (at: number) => view.getUint32(SUPERBLOCK + at, true);
  const bits = view.getUint8(SUPERBLOCK + Field.blockBits);
  if (field(Field.magic) !== MAGIC || (bits !== 9 && bits !== 12)) return false;
  const blockSize = 2 ** bits;
  if (field(Field.blocks) * blockSize !== bytes.length) return false;
  if (superblockChecksum(bytes, blockSize) !== field(Field.checksum)) return false;
  const uuid = bytes.subarray(SUPERBLOCK + Field.uuid, SUPERBLOCK + Field.uuid + DIGEST_SIZE);
  return Buffer.compare(uuid, imageDigest(bytes)) === 0;
}
