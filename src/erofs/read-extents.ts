import {
  alignUp,
  CHUNK_BITS_MASK,
  CHUNK_INDEX_SIZE,
  CHUNK_INDEXES,
  HOLE,
  Layout,
} from "./format.ts";
import { damaged, type ErofsSource, readPiece, type Superblock } from "./image.ts";
import type { ErofsExtent } from "./inode.ts";
import type { RawInode } from "./read-inode.ts";

/** A piece of a node's content: in the device, or in the image itself. */
export interface ErofsNodeExtent extends ErofsExtent {
  readonly inImage: boolean;
}

/** Where the content of an inode is, in order; the rest of it is holes. */
export function readExtents(
  source: ErofsSource,
  superblock: Superblock,
  inode: RawInode,
): ErofsNodeExtent[] {
  const { type, size } = inode.node;
  if (size === 0 || !(type === "file" || type === "directory" || type === "symlink")) return [];
  if (inode.layout === Layout.chunked) return chunkExtents(source, superblock, inode);
  return flatExtents(source, superblock, inode);
}

function flatExtents(
  source: ErofsSource,
  superblock: Superblock,
  { node, layout, address, xattrs, xattrsSize }: RawInode,
): ErofsNodeExtent[] {
  const { blockSize, device } = superblock;
  const tail = layout === Layout.inline ? node.size % blockSize || blockSize : 0;
  const offset = node.size - tail;
  const start = address * blockSize;
  const inDevice = tail === 0 && device.mapped > 0 && start >= device.mapped;
  const pieces: ErofsNodeExtent[] = [
    {
      offset: 0,
      length: offset,
      position: inDevice ? start - device.mapped : start,
      inImage: !inDevice,
    },
    { offset, length: tail, position: xattrs + xattrsSize, inImage: true },
  ];
  return checked(
    pieces.filter(({ length }) => length > 0),
    source,
    superblock,
  );
}

function chunkExtents(
  source: ErofsSource,
  superblock: Superblock,
  { node, address, xattrs, xattrsSize }: RawInode,
): ErofsNodeExtent[] {
  const { blockSize } = superblock;
  if ((address & ~CHUNK_BITS_MASK) !== CHUNK_INDEXES) damaged(`inode ${node.nid} has no chunks`);
  const chunkSize = blockSize * 2 ** (address & CHUNK_BITS_MASK);
  const count = Math.ceil(node.size / chunkSize);
  const start = alignUp(xattrs + xattrsSize, CHUNK_INDEX_SIZE);
  const index = readPiece(source, start, count * CHUNK_INDEX_SIZE);
  const extents: ErofsNodeExtent[] = [];
  for (let chunk = 0; chunk < count; chunk++) {
    const block = index.getUint32(chunk * CHUNK_INDEX_SIZE + 4, true);
    if (block === HOLE) continue;
    const offset = chunk * chunkSize;
    const length = Math.min(chunkSize, node.size - offset);
    const inImage = index.getUint16(chunk * CHUNK_INDEX_SIZE + 2, true) === 0;
    append(extents, { offset, length, position: block * blockSize, inImage });
  }
  return checked(extents, source, superblock);
}

/** Makes one extent of chunks that follow each other. */
function append(extents: ErofsNodeExtent[], next: ErofsNodeExtent): void {
  const last = extents.at(-1);
  const follows =
    last?.inImage === next.inImage &&
    last.offset + last.length === next.offset &&
    last.position + last.length === next.position;
  if (follows) extents[extents.length - 1] = { ...last, length: last.length + next.length };
  else extents.push(next);
}

function checked(
  extents: ErofsNodeExtent[],
  source: ErofsSource,
  { device }: Superblock,
): ErofsNodeExtent[] {
  for (const { position, length, inImage } of extents) {
    const size = inImage ? source.size : device.size;
    if (position + length > size) damaged(`${length} bytes at ${position} are outside of ${size}`);
  }
  return extents;
}
