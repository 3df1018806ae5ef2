/**
 * The on-disk format, as Linux has it in `fs/erofs/erofs_fs.h` and describes it in
 * `Documentation/filesystems/erofs.rst`. All numbers are little-endian.
 */
import type { ErofsType } from "./inode.ts";

/** Of the superblock: where it stands, and its fields from there on. */
export const SUPERBLOCK = 1024;
export const SUPERBLOCK_SIZE = 128;
export const MAGIC = 0xe0f5e1e2;

export const Field = {
  magic: 0,
  checksum: 4,
  compatible: 8,
  blockBits: 12,
  rootNid: 14,
  inodeCount: 16,
  epochSeconds: 24,
  epochNanoseconds: 32,
  blocks: 36,
  metaBlock: 40,
  xattrBlock: 44,
  uuid: 48,
  volumeName: 64,
  incompatible: 80,
  deviceCount: 86,
  deviceSlot: 88,
} as const;

export const Compatible = { checksum: 1, mtime: 2 } as const;
export const Incompatible = { zeroPadding: 1, chunkedFile: 4, deviceTable: 8 } as const;

/** The size of a device slot, in which its blocks and its place in the address space stand at: */
export const DEVICE_SLOT_SIZE = 128;
export const DEVICE_BLOCKS = 64;
export const DEVICE_MAPPED = 68;

/** Inodes stand at multiples of this; a nid counts them from the metadata block on. */
export const SLOT_SIZE = 32;
export const COMPACT_SIZE = 32;
export const EXTENDED_SIZE = 64;

/** How the data of an inode is laid out. */
export const Layout = { plain: 0, inline: 2, chunked: 4 } as const;

export const CHUNK_INDEX_SIZE = 8;
export const CHUNK_BITS_MASK = 0x1f;
/** Of the chunk format: eight bytes a chunk, with the device. */
export const CHUNK_INDEXES = 0x20;
/** The block address of a hole. */
export const HOLE = 0xffffffff;

export const DIRENT_SIZE = 12;
export const LONGEST_NAME = 255;
/** PATH_MAX without the closing zero. */
export const LONGEST_LINK = 4095;

export const XATTR_HEADER_SIZE = 12;
export const XATTR_ENTRY_SIZE = 4;
export const MOST_SHARED_XATTRS = 255;

/** The prefixes of xattr names; a name is stored as the index of its prefix and the rest. */
export const XATTR_PREFIXES: ReadonlyMap<number, string> = new Map([
  [1, "user."],
  [2, "system.posix_acl_access"],
  [3, "system.posix_acl_default"],
  [4, "trusted."],
  [6, "security."],
]);

/** The number of a type in directory entries, and its bits of `st_mode`. */
export const TYPES: Readonly<Record<ErofsType, { readonly entry: number; readonly mode: number }>> =
  {
    file: { entry: 1, mode: 0o100000 },
    directory: { entry: 2, mode: 0o040000 },
    char: { entry: 3, mode: 0o020000 },
    block: { entry: 4, mode: 0o060000 },
    fifo: { entry: 5, mode: 0o010000 },
    socket: { entry: 6, mode: 0o140000 },
    symlink: { entry: 7, mode: 0o120000 },
  };

/** `position` raised to a multiple of `unit`. */
export function alignUp(position: number, unit: number): number {
  return Math.ceil(position / unit) * unit;
}
