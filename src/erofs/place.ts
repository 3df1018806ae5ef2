import {
  alignUp,
  CHUNK_INDEX_SIZE,
  COMPACT_SIZE,
  DEVICE_SLOT_SIZE,
  EXTENDED_SIZE,
  Layout,
  SLOT_SIZE,
  SUPERBLOCK,
  SUPERBLOCK_SIZE,
} from "./format.ts";
import type { ErofsTime } from "./inode.ts";
import type { Plan } from "./plan.ts";
import { entrySize, type Xattr } from "./xattr-plan.ts";

/** Where the parts of an image stand, in bytes: inodes, shared xattrs, data blocks, the end. */
export interface Areas {
  readonly shared: number;
  readonly data: number;
  readonly end: number;
}

/** Gives every inode its form and its place. */
export function place(plans: readonly Plan[], shared: readonly Xattr[], blockSize: number): Areas {
  let at = SUPERBLOCK + SUPERBLOCK_SIZE + DEVICE_SLOT_SIZE;
  let blocks = 0;
  for (const plan of plans) {
    at = placeInode(plan, at, blockSize);
    plan.dataBlock = blocks;
    blocks += dataBlocks(plan, blockSize);
  }
  const sharedAt = alignUp(at, blockSize);
  const sharedSize = shared.reduce((sum, xattr) => sum + entrySize(xattr), 0);
  const data = alignUp(sharedAt + sharedSize, blockSize);
  return { shared: sharedAt, data, end: data + blocks * blockSize };
}

/** Places one inode at or after `at`, and gives the end of what belongs to it. */
function placeInode(plan: Plan, at: number, blockSize: number): number {
  plan.position = alignUp(at, SLOT_SIZE);
  const { content } = plan;
  const end = plan.position + headSize(plan);
  if (content.kind === "chunks") {
    plan.layout = Layout.chunked;
    plan.tailPosition = alignUp(end, CHUNK_INDEX_SIZE);
    return plan.tailPosition + content.chunks.count * CHUNK_INDEX_SIZE;
  }
  if (content.kind !== "bytes" && content.kind !== "entries") return end;
  return placeTail(plan, content.size % blockSize, blockSize);
}

/**
 * The last, partial block of content stands behind its inode, where it must not cross the border
 * of a block, if the gap that takes costs less than a block of its own. A symlink's stands so only
 * as a whole and in the inode's own block, which is all that older kernels take.
 */
function placeTail(plan: Plan, tail: number, blockSize: number): number {
  const head = headSize(plan);
  const before = plan.inode.type === "symlink" ? 0 : head;
  const start = plan.position + before;
  const span = head - before + tail;
  const whole = plan.inode.type !== "symlink" || plan.content.size === tail;
  const inOneBlock = (at: number) =>
    Math.floor(at / blockSize) === Math.floor((at + span - 1) / blockSize);
  const gap = inOneBlock(start) ? 0 : alignUp(alignUp(start, blockSize) - start, SLOT_SIZE);
  if (tail > 0 && whole && inOneBlock(start + gap) && gap + tail <= blockSize) {
    plan.layout = Layout.inline;
    plan.position += gap;
    plan.tailPosition = plan.position + head;
    return plan.tailPosition + tail;
  }
  return plan.position + head;
}

/** Bytes of an inode and its xattrs. */
export function headSize(plan: Plan): number {
  return (plan.extended ? EXTENDED_SIZE : COMPACT_SIZE) + (plan.xattrs?.size ?? 0);
}

function dataBlocks({ content, layout }: Plan, blockSize: number): number {
  if (content.kind !== "bytes" && content.kind !== "entries") return 0;
  const blocks = content.size / blockSize;
  return layout === Layout.inline ? Math.floor(blocks) : Math.ceil(blocks);
}

/**
 * Gives an inode the short form where that can say all of it: it has the superblock's time, and
 * fewer bits for the owner, the links and the size.
 */
export function chooseForm(plan: Plan, epoch: ErofsTime): void {
  const { uid, gid, mtime } = plan.inode;
  plan.extended =
    mtime.seconds !== epoch.seconds ||
    mtime.nanoseconds !== epoch.nanoseconds ||
    Math.max(uid, gid, plan.links) > 0xffff ||
    plan.content.size > 0xffffffff;
}

/** The most common time; of several, the one that comes first. */
export function commonTime(plans: readonly Plan[]): ErofsTime {
  const counts = new Map<string, { time: ErofsTime; count: number }>();
  for (const { inode } of plans) {
    const key = `${inode.mtime.seconds}.${inode.mtime.nanoseconds}`;
    const entry = counts.get(key);
    if (entry === undefined) counts.set(key, { time: inode.mtime, count: 1 });
    else entry.count++;
  }
  return [...counts.values()].reduce((best, entry) => (entry.count > best.count ? entry : best))
    .time;
}
