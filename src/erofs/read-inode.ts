import {
  COMPACT_SIZE,
  EXTENDED_SIZE,
  Layout,
  SLOT_SIZE,
  TYPES,
  XATTR_HEADER_SIZE,
} from "./format.ts";
import {
  damaged,
  type ErofsSource,
  getTime,
  getWide,
  readPiece,
  type Superblock,
} from "./image.ts";
import type { ErofsTime, ErofsType } from "./inode.ts";

/** An inode of an image, without its content. */
export interface ErofsNode {
  readonly nid: number;
  readonly type: ErofsType;
  /** The lower twelve bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: ErofsTime;
  /** Bytes of the content; of a symlink's path, too. */
  readonly size: number;
  readonly linkCount: number;
  /** Of a char or block device. */
  readonly deviceMajor?: number;
  readonly deviceMinor?: number;
}

/** What else an inode on disk says: where its xattrs and its content are. */
export interface RawInode {
  readonly node: ErofsNode;
  readonly layout: number;
  /** A block address, or the chunk format. */
  readonly address: number;
  readonly xattrs: number;
  readonly xattrsSize: number;
}

const KNOWN_LAYOUTS: ReadonlySet<number> = new Set(Object.values(Layout));
const TYPE_OF_MODE = new Map(
  Object.entries(TYPES).map(([type, { mode }]) => [mode, type as ErofsType]),
);

export function readInode(source: ErofsSource, superblock: Superblock, nid: number): RawInode {
  const position = superblock.meta + nid * SLOT_SIZE;
  const atEnd = position + EXTENDED_SIZE > source.size;
  const view = readPiece(source, position, atEnd ? COMPACT_SIZE : EXTENDED_SIZE);
  const extended = (view.getUint8(0) & 1) === 1;
  const size = extended ? EXTENDED_SIZE : COMPACT_SIZE;
  if (view.byteLength < size) damaged(`inode ${nid} is cut off`);
  const layout = view.getUint16(0, true) >> 1;
  if (!KNOWN_LAYOUTS.has(layout)) damaged(`inode ${nid} has the layout ${layout}`);
  const xattrCount = view.getUint16(2, true);
  return {
    node: readNode(view, superblock, nid, extended),
    layout,
    address: view.getUint32(16, true),
    xattrs: position + size,
    xattrsSize: xattrCount === 0 ? 0 : XATTR_HEADER_SIZE + (xattrCount - 1) * 4,
  };
}

function readNode(
  view: DataView,
  { epoch }: Superblock,
  nid: number,
  extended: boolean,
): ErofsNode {
  const mode = view.getUint16(4, true);
  const type = TYPE_OF_MODE.get(mode & 0o170000) ?? damaged(`inode ${nid} has the mode ${mode}`);
  const size = extended ? getWide(view, 8) : view.getUint32(8, true);
  if (size < 0) damaged(`inode ${nid} has the size ${size}`);
  return {
    nid,
    type,
    mode: mode & 0o7777,
    uid: extended ? view.getUint32(24, true) : view.getUint16(24, true),
    gid: extended ? view.getUint32(28, true) : view.getUint16(26, true),
    mtime: extended ? getTime(view, 32) : epoch,
    size,
    linkCount: extended ? view.getUint32(44, true) : view.getUint16(6, true),
    ...(type === "char" || type === "block" ? deviceOf(view.getUint32(16, true)) : {}),
  };
}

/** Linux's `new_decode_dev`. */
function deviceOf(number: number) {
  const minor = (number & 0xff) | ((number >>> 12) & 0xfff00);
  return { deviceMajor: (number >>> 8) & 0xfff, deviceMinor: minor };
}
