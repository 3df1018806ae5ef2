import type { Stats } from "node:fs";
import { encodePath } from "#bytes";
import type { Digest } from "#oci";
import type { ListedFile } from "./file-list.ts";

const BATCH = 256;
const STAMP_LENGTH = 8;
/** The kernel stamps files with its tick: two writes within one look the same (at most 10 ms). */
const TICK_MS = 20;
/** File systems that keep whole seconds only, FAT even pairs of them. */
const COARSE_MS = 2000;

/**
 * What the file system says about a file that must change when its content does. An equal stamp
 * means equal content if the file was not {@link isFresh} when it was read.
 */
export function stampOf(stats: Stats): string {
  return stampNumbers(stats).join(" ");
}

/** Whether two stamps are equal; makes no texts, for there may be very many. */
export function isSameStamp(a: Stats, b: Stats): boolean {
  const after = stampNumbers(b);
  return stampNumbers(a).every((number, index) => number === after[index]);
}

function stampNumbers(stats: Stats): number[] {
  const { mode, uid, gid, size, mtimeMs, ctimeMs, ino, rdev } = stats;
  return [mode, uid, gid, size, mtimeMs, ctimeMs, ino, rdev];
}

/**
 * Whether a file changed so shortly before `now` (Unix milliseconds) that another change could
 * leave the same stamp: the rule of git's index for racily clean entries.
 */
export function isFresh(stats: Stats, now: number): boolean {
  const granularity = stats.ctimeMs % 1000 === 0 ? COARSE_MS : TICK_MS;
  return now - Math.max(stats.ctimeMs, stats.mtimeMs) < granularity;
}

/** One digest over the names and stamps of all files: equal when nothing was touched. */
export function fingerprint(root: string, files: readonly ListedFile[]): Digest {
  const hash = new Bun.CryptoHasher("sha256").update(`${root}\0`);
  const stamps = new Float64Array(BATCH * STAMP_LENGTH);
  for (let from = 0; from < files.length; from += BATCH) {
    const batch = files.slice(from, from + BATCH);
    hash.update(encodePath(batch.map(nameOf).join("\0")));
    for (const [index, { stats }] of batch.entries())
      stamps.set(stampNumbers(stats), index * STAMP_LENGTH);
    hash.update(stamps.subarray(0, batch.length * STAMP_LENGTH));
  }
  return `sha256:${hash.digest("hex")}` as Digest;
}

function nameOf({ source, path, below }: ListedFile): string {
  return `${source.name}\0${path}\0${below.length}`;
}
