/** Seconds since the epoch, which may be negative, and the nanoseconds after them (0..999999999). */
export interface ErofsTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

export type ErofsType = "file" | "directory" | "symlink" | "char" | "block" | "fifo" | "socket";

/** A piece of a file: `length` bytes at `offset` of the file stand at `position` of the device. */
export interface ErofsExtent {
  readonly offset: number;
  readonly length: number;
  readonly position: number;
}

/**
 * One inode of the tree to write; the same object under two names is a hard link. Names, link
 * paths and the names of xattrs are in the text form of `decodePath`.
 */
export interface ErofsInode {
  readonly type: ErofsType;
  /** The lower twelve bits. */
  mode: number;
  uid: number;
  gid: number;
  mtime: ErofsTime;
  xattrs: ReadonlyMap<string, Uint8Array>;
  /** Of a directory; without "." and "..". */
  readonly children?: Map<string, ErofsInode>;
  /** Of a file; that of `content` when left out. */
  readonly size?: number;
  /**
   * Of a file: where its data stands in the device; in order, not overlapping, the rest is holes.
   * Offsets and positions are multiples of the block size, as are lengths but for the last one's
   * at the end of the file.
   */
  readonly extents?: readonly ErofsExtent[];
  /** Of a file: data kept in the image itself instead of extents. */
  readonly content?: Uint8Array;
  /** Of a symlink. */
  readonly linkPath?: string;
  /** Of a char or block device. */
  readonly deviceMajor?: number;
  readonly deviceMinor?: number;
}
