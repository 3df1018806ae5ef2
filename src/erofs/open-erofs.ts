import { decodePath, encodePath } from "#bytes";
import { fail } from "#errors";
import { LONGEST_LINK } from "./format.ts";
import { damaged, type ErofsSource, readPiece, readSuperblock } from "./image.ts";
import { DirectoryBlocks, type ErofsEntry } from "./read-directory.ts";
import { type ErofsNodeExtent, readExtents } from "./read-extents.ts";
import { type ErofsNode, readInode } from "./read-inode.ts";
import { readXattrs } from "./read-xattrs.ts";

/**
 * Reads an image piece by piece, only what is asked for. An image may be damaged: what does not
 * fit together fails with `data-loss`, and a walk from the root always ends.
 */
export interface ErofsReader {
  readonly root: ErofsNode;
  /** Bytes of the image. */
  readonly size: number;
  /** Bytes of the device that extents point into, in whole blocks; 0 without one. */
  readonly deviceSize: number;
  node(nid: number): ErofsNode;
  /** The node of a name in a directory. */
  lookup(directory: ErofsNode, name: string): ErofsNode | undefined;
  /** Without "." and "..", in the order of their names' bytes. */
  entries(directory: ErofsNode): Iterable<ErofsEntry>;
  xattrs(node: ErofsNode): Map<string, Uint8Array>;
  readLink(symlink: ErofsNode): string;
  /** Where the content is, in order; the rest of it is holes. */
  extents(node: ErofsNode): ErofsNodeExtent[];
  /** The whole image. */
  bytes(): Uint8Array;
  /** The bytes of an extent that is in the image itself. */
  read(extent: ErofsNodeExtent): Uint8Array;
}

/** Opens an image that {@link writeErofs} made, in memory or wherever it can be read from. */
export function openErofs(image: Uint8Array | ErofsSource): ErofsReader {
  const source = image instanceof Uint8Array ? inMemory(image) : image;
  const superblock = readSuperblock(source);
  const inode = (nid: number) => readInode(source, superblock, nid);
  const extents = (node: ErofsNode) => readExtents(source, superblock, inode(node.nid));
  const directoryBlocks = (node: ErofsNode) => {
    if (node.type !== "directory") fail("invalid-argument", `a ${node.type} has no entries`);
    return new DirectoryBlocks(source, extents(node), superblock.blockSize);
  };
  const { node: root } = inode(superblock.rootNid);
  if (root.type !== "directory") damaged("its root is not a directory");
  return {
    root,
    size: source.size,
    deviceSize: superblock.device.size,
    extents,
    bytes: () => source.read(0, source.size),
    read: ({ position, length }) => source.read(position, length),
    node: (nid) => inode(nid).node,
    lookup(directory, name) {
      const entry = directoryBlocks(directory).find(encodePath(name));
      if (entry === undefined) return undefined;
      checkDescent(directory, entry);
      const { node } = inode(entry.nid);
      if (node.type !== entry.type) damaged("an entry of a directory has not its inode's type");
      return node;
    },
    *entries(directory) {
      for (const entry of directoryBlocks(directory).entries()) {
        checkDescent(directory, entry);
        yield entry;
      }
    },
    xattrs: (node) => readXattrs(source, superblock, inode(node.nid)),
    readLink: (symlink) => readLink(source, symlink, extents(symlink)),
  };
}

/** The writer puts a directory before those in it; a walk that only goes forward has an end. */
function checkDescent(directory: ErofsNode, { type, nid, name }: ErofsEntry): void {
  if (name === "." || name === "..") return;
  if (type === "directory" && nid <= directory.nid) damaged("a directory is inside of itself");
}

function readLink(source: ErofsSource, { type, size }: ErofsNode, extents: ErofsNodeExtent[]) {
  if (type !== "symlink") fail("invalid-argument", `a ${type} is no symlink`);
  if (size > LONGEST_LINK || extents.length === 0 || extents.some(({ inImage }) => !inImage))
    damaged(`a symlink has ${size} bytes`);
  const pieces = extents.map(({ position, length }) => {
    const { buffer, byteOffset } = readPiece(source, position, length);
    return new Uint8Array(buffer, byteOffset, length);
  });
  return decodePath(Buffer.concat(pieces));
}

function inMemory(bytes: Uint8Array): ErofsSource {
  return {
    size: bytes.length,
    read: (position, length) => bytes.subarray(position, position + length),
  };
}
