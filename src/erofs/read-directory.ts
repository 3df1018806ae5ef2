import { decodePath } from "#bytes";
import { DIRENT_SIZE, LONGEST_NAME, TYPES } from "./format.ts";
import { damaged, type ErofsSource, readPiece } from "./image.ts";
import type { ErofsType } from "./inode.ts";
import type { ErofsNodeExtent } from "./read-extents.ts";

/** One name in a directory. */
export interface ErofsEntry {
  readonly name: string;
  readonly nid: number;
  readonly type: ErofsType;
}

const TYPE_OF_ENTRY = new Map(
  Object.entries(TYPES).map(([type, { entry }]) => [entry, type as ErofsType]),
);
const SLASH = 0x2f;

/** One block of a directory. */
export class DirectoryBlock {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly length: number;

  constructor(view: DataView) {
    const namesAt = view.byteLength < DIRENT_SIZE ? 0 : view.getUint16(8, true);
    if (namesAt === 0 || namesAt % DIRENT_SIZE !== 0 || namesAt >= view.byteLength)
      damaged("a directory has a block without entries");
    this.#view = view;
    this.#bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    this.length = namesAt / DIRENT_SIZE;
  }

  name(index: number): Uint8Array {
    const start = this.#view.getUint16(index * DIRENT_SIZE + 8, true);
    const last = index + 1 === this.length;
    const end = last ? this.#end(start) : this.#view.getUint16((index + 1) * DIRENT_SIZE + 8, true);
    if (start < this.length * DIRENT_SIZE || end > this.#bytes.length)
      damaged("a name of a directory is outside of its block");
    const name = this.#bytes.subarray(start, end);
    if (end <= start || name.length > LONGEST_NAME || name.includes(SLASH) || name.includes(0))
      damaged("a name of a directory is not one of a file");
    return name;
  }

  /** The last name goes to the end of the block, or to the zeros there. */
  #end(start: number): number {
    const zero = this.#bytes.indexOf(0, start);
    return zero === -1 ? this.#bytes.length : zero;
  }

  entry(index: number): ErofsEntry {
    const at = index * DIRENT_SIZE;
    const type = TYPE_OF_ENTRY.get(this.#view.getUint8(at + 10));
    if (type === undefined || this.#view.getUint32(at + 4, true) !== 0)
      damaged("an entry of a directory has no type or no inode");
    return {
      name: decodePath(this.name(index)),
      nid: this.#view.getUint32(at, true),
      type: type!,
    };
  }
}

/** The blocks of a directory, whose extents are all but the last whole blocks. */
export class DirectoryBlocks {
  readonly #source: ErofsSource;
  readonly #extents: readonly ErofsNodeExtent[];
  readonly #blockSize: number;
  readonly length: number;

  constructor(source: ErofsSource, extents: readonly ErofsNodeExtent[], blockSize: number) {
    const last = extents.at(-1);
    if (last === undefined || extents.some(({ inImage }) => !inImage))
      damaged("a directory has no content");
    this.#source = source;
    this.#extents = extents;
    this.#blockSize = blockSize;
    this.length = Math.ceil((last!.offset + last!.length) / blockSize);
  }

  block(index: number): DirectoryBlock {
    const offset = index * this.#blockSize;
    const extent = this.#extents.find((at) => offset < at.offset + at.length)!;
    if (extent.offset > offset) damaged("a directory has a hole");
    const length = Math.min(this.#blockSize, extent.offset + extent.length - offset);
    const position = extent.position + offset - extent.offset;
    return new DirectoryBlock(readPiece(this.#source, position, length));
  }

  /** Every entry; the order of their bytes is checked, so that no name comes twice. */
  *entries(): Generator<ErofsEntry> {
    let before: Uint8Array = new Uint8Array();
    for (let index = 0; index < this.length; index++) {
      const block = this.block(index);
      for (let i = 0; i < block.length; i++) {
        const name = block.name(i);
        if (Buffer.compare(before, name) >= 0) damaged("the names of a directory are out of order");
        before = name;
        const entry = block.entry(i);
        if (entry.name !== "." && entry.name !== "..") yield entry;
      }
    }
  }

  /** The entry of a name, by binary search for its block and then in it. */
  find(name: Uint8Array): ErofsEntry | undefined {
    const at = lastNotAfter(this.length, (index) =>
      Buffer.compare(this.block(index).name(0), name),
    );
    if (at < 0) return undefined;
    const block = this.block(at);
    const index = lastNotAfter(block.length, (i) => Buffer.compare(block.name(i), name));
    const found = index >= 0 && Buffer.compare(block.name(index), name) === 0;
    return found ? block.entry(index) : undefined;
  }
}

/** The last index whose comparison is not positive, or -1. */
function lastNotAfter(length: number, compare: (index: number) => number): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(middle) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
