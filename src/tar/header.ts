/** What an entry is. Contiguous files (type 7) and sparse ones are `file`. */
export type EntryType = "file" | "hardlink" | "symlink" | "char" | "block" | "directory" | "fifo";

/** A point in time: whole seconds since 1970 (negative before), and nanoseconds (0 to 999999999). */
export interface TarTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** A stretch of a sparse file that has data; everything between stretches is zeros. Bytes. */
export interface SparseFragment {
  readonly offset: number;
  readonly length: number;
}

/**
 * One archive member, whichever dialect wrote it (POSIX.1-2017 pax and ustar, GNU, v7).
 * Names are as they stand in the archive, in the text form of `decodePath`, and not yet checked
 * for safety; only the closing slash of a directory is taken off.
 */
export interface TarHeader {
  readonly path: string;
  readonly type: EntryType;
  /** Permission, setuid, setgid and sticky bits (07777). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content, holes included; 0 for everything but a `file`. */
  readonly size: number;
  readonly mtime: TarTime;
  /** Target of a `hardlink` (a path in the archive) or a `symlink` (any text). */
  readonly linkPath?: string;
  readonly deviceMajor?: number;
  readonly deviceMinor?: number;
  /** Extended attributes by full name (`security.capability`), values byte for byte. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  readonly uname?: string;
  readonly gname?: string;
  /** Where a sparse file has data; its other bytes are not in the archive. */
  readonly sparse?: readonly SparseFragment[];
}

/** Bytes of content that stand in the archive for this entry, before padding. */
export function storedSize(header: TarHeader): number {
  if (!header.sparse) return header.size;
  return header.sparse.reduce((sum, { length }) => sum + length, 0);
}

export const BLOCK = 512;

/** Zero bytes that follow content of this size, to the next block of 512. */
export function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
