import { CHUNK_BITS_MASK, CHUNK_INDEX_SIZE, CHUNK_INDEXES, HOLE } from "./format.ts";
import type { ErofsExtent } from "./inode.ts";
import { type Plan, refuseSize } from "./plan.ts";

/** How a file with holes is cut: into `count` chunks of the block size shifted by `bits`. */
export interface ChunkPlan {
  readonly bits: number;
  readonly count: number;
}

/** So that one file of small pieces and vast holes does not make an index of gigabytes. */
const MOST_CHUNKS = 1 << 22;

export function planChunks(plan: Plan, size: number, blockSize: number): ChunkPlan {
  const chunks = cut(plan.inode.extents ?? [], size, blockSize);
  if (chunks.count > MOST_CHUNKS) refuseSize(plan, "its holes are too large for pieces that small");
  return chunks;
}

/** How many chunks `writeErofs` makes of a file with holes, eight bytes each; extents are aligned. */
export function chunkCount(
  extents: readonly ErofsExtent[],
  size: number,
  blockSize: number,
): number {
  return cut(extents, size, blockSize).count;
}

/** Takes the largest chunks whose borders are those of the extents, too. */
function cut(extents: readonly ErofsExtent[], size: number, blockSize: number): ChunkPlan {
  let bits = 0;
  while (bits < CHUNK_BITS_MASK && blockSize * 2 ** bits < size) bits++;
  for (const { offset, length } of extents)
    for (const border of [offset, offset + length])
      while (border !== size && border % (blockSize * 2 ** bits) !== 0) bits--;
  return { bits, count: Math.ceil(size / (blockSize * 2 ** bits)) };
}

export function chunkFormat({ bits }: ChunkPlan): number {
  return CHUNK_INDEXES | bits;
}

/** Writes the index of a file: where each of its chunks stands in the device. */
export function writeChunks(
  image: DataView,
  position: number,
  plan: Plan,
  { bits, count }: ChunkPlan,
  blockSize: number,
): void {
  const chunkSize = blockSize * 2 ** bits;
  const extents = plan.inode.extents ?? [];
  let next = 0;
  for (let chunk = 0, at = position; chunk < count; chunk++, at += CHUNK_INDEX_SIZE) {
    const offset = chunk * chunkSize;
    while (next < extents.length && extents[next]!.offset + extents[next]!.length <= offset) next++;
    const extent = extents[next];
    if (extent === undefined || extent.offset > offset) {
      image.setUint32(at + 4, HOLE, true);
      continue;
    }
    image.setUint16(at + 2, 1, true);
    image.setUint32(at + 4, (extent.position + offset - extent.offset) / blockSize, true);
  }
}
