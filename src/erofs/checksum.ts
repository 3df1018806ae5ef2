import { Field, SUPERBLOCK } from "./format.ts";

const CHECKSUM_END = SUPERBLOCK + Field.checksum + 4;
const UUID = SUPERBLOCK + Field.uuid;
/** Bytes of the uuid field. */
export const DIGEST_SIZE = 16;
/** Bytes of the volume's name. */
const LABEL_SIZE = 16;
/** CRC-32C (RFC 3720, section 12.1), with its bits reversed. */
const POLYNOMIAL = 0x82f63b78;

/** What the superblock's checksum covers: from the superblock to the end of its block. */
export function checksumEnd(blockSize: number): number {
  return Math.max(blockSize, SUPERBLOCK + 512);
}

/**
 * The kernel's checksum over the superblock and what follows it in its block, as if the field
 * itself were zero; CRC-32C without the last inversion. `bytes` begin at the image's start.
 */
export function superblockChecksum(bytes: Uint8Array, blockSize: number): number {
  const end = checksumEnd(blockSize);
  let crc = crc32c(0xffffffff, bytes.subarray(SUPERBLOCK, CHECKSUM_END - 4));
  crc = crc32c(crc, new Uint8Array(4));
  return crc32c(crc, bytes.subarray(CHECKSUM_END, end)) >>> 0;
}

function crc32c(seed: number, bytes: Uint8Array): number {
  let crc = seed;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  return crc;
}

/** The first 128 bits of the SHA-256 of an image without its checksum and its uuid. */
export function imageDigest(bytes: Uint8Array): Uint8Array {
  const hash = new Bun.CryptoHasher("sha256");
  hash.update(bytes.subarray(0, CHECKSUM_END - 4));
  hash.update(bytes.subarray(CHECKSUM_END, UUID));
  hash.update(bytes.subarray(UUID + DIGEST_SIZE));
  return hash.digest().subarray(0, DIGEST_SIZE);
}

/** Puts digest and checksum into an image of which all else is there. */
export function seal(bytes: Uint8Array, blockSize: number): void {
  bytes.set(imageDigest(bytes), UUID);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setUint32(CHECKSUM_END - 4, superblockChecksum(bytes, blockSize), true);
}

/** The image's label (the name of its volume), of which `bytes` are what there is at most. */
export function labelOf(bytes: Uint8Array): Uint8Array {
  const at = SUPERBLOCK + Field.volumeName;
  return bytes.subarray(at, at + LABEL_SIZE);
}
