import { encodePath } from "#bytes";
import type { Inode } from "#kernel";
import type { Digest } from "#oci";
import type { ListedFile } from "./file-list.ts";

const BATCH = 256;
/** The kernel stamps files with its tick: two writes within one look the same (at most 10 ms). */
const TICK_MS = 20;
/** File systems that keep whole seconds only, FAT even pairs of them. */
const COARSE_MS = 2000;

/** One stamp after another. */
type Stamps = Float64Array<ArrayBuffer>;

const LENGTH = 11;
const [first, second]: [Stamps, Stamps] = [new Float64Array(LENGTH), new Float64Array(LENGTH)];

/**
 * What the file system says about a file that must change when its content, its mode or its
 * extended attributes do. An equal stamp means an equal file if it was not {@link isFresh} when
 * it was read.
 */
export function stampOf(inode: Inode): string {
  putStamp(inode, first, 0);
  return `${inode.type} ${first.join(" ")}`;
}

/** Whether two stamps are equal; makes no texts, for there may be very many. */
export function isSameStamp(a: Inode, b: Inode): boolean {
  putStamp(a, first, 0);
  putStamp(b, second, 0);
  return a.type === b.type && first.every((number, index) => number === second[index]);
}

/** All of a stamp but the type. */
function putStamp(inode: Inode, stamps: Stamps, at: number): void {
  const { mode, uid, gid, size, mtime, ctime, ino, deviceMajor, deviceMinor } = inode;
  stamps[at] = mode;
  stamps[at + 1] = uid;
  stamps[at + 2] = gid;
  stamps[at + 3] = size;
  stamps[at + 4] = mtime.seconds;
  stamps[at + 5] = mtime.nanoseconds;
  stamps[at + 6] = ctime.seconds;
  stamps[at + 7] = ctime.nanoseconds;
  stamps[at + 8] = Number(ino);
  stamps[at + 9] = deviceMajor;
  stamps[at + 10] = deviceMinor;
}

/**
 * Whether a file changed so shortly before `now` (Unix milliseconds) that another change could
 * leave the same stamp: the rule of git's index for racily clean entries.
 */
export function isFresh({ ctime, mtime }: Pick<Inode, "ctime" | "mtime">, now: number): boolean {
  const granularity = ctime.nanoseconds === 0 ? COARSE_MS : TICK_MS;
  return now - Math.max(milliseconds(ctime), milliseconds(mtime)) < granularity;
}

function milliseconds({ seconds, nanoseconds }: Inode["ctime"]): number {
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** One digest over the names and stamps of all files: equal when nothing was touched. */
export function fingerprint(root: string, files: readonly ListedFile[]): Digest {
  const hash = new Bun.CryptoHasher("sha256").update(`${root}\0`);
  const stamps: Stamps = new Float64Array(BATCH * LENGTH);
  for (let from = 0; from < files.length; from += BATCH) {
    const batch = files.slice(from, from + BATCH);
    hash.update(encodePath(batch.map(nameOf).join("\0")));
    for (const [index, { node }] of batch.entries()) putStamp(node.inode, stamps, index * LENGTH);
    hash.update(stamps.subarray(0, batch.length * LENGTH));
  }
  return `sha256:${hash.digest("hex")}` as Digest;
}

function nameOf({ source, node, below }: ListedFile): string {
  return `${source.name}\0${node.path}\0${below.length} ${node.inode.type}`;
}
