import { decodePath } from "#bytes";
import type { ErofsExtent, ErofsInode, ErofsTime } from "#erofs";

/** Numbers that look random and come again from the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** Mostly small, now and then up to `most`. */
  size(most: number): number {
    return this.below(2 ** this.below(Math.log2(most) + 1)) + (this.chance(20) ? 1 : 0);
  }

  bytes(length: number): Uint8Array {
    const start = this.below(POOL.length - length);
    return POOL.slice(start, start + length);
  }
}

/** Bytes to cut from: making each anew would take most of the time. */
const POOL = new Uint8Array(1 << 21);
for (let i = 0, state = 1; i < POOL.length; i++) {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  POOL[i] = state >>> 24;
}

export interface TreeOptions {
  readonly blockSize: 512 | 4096;
  readonly deviceSize: number | undefined;
}

/** A tree of anything that the format can say, and most often of what stands at a limit of it. */
export function randomTree(random: Random, options: TreeOptions): ErofsInode {
  const budget = { inodes: random.chance(3) ? 300 : 1 + random.below(40) };
  const linked: ErofsInode[] = [];
  const pairs = Array.from({ length: 4 }, () => randomXattr(random));
  const times = Array.from({ length: 3 }, () => randomTime(random));
  const common = () => ({
    mode: random.below(0o10000),
    uid: random.pick([0, 0, 1000, 0xffff, 0x10000, 0xfffffffe]),
    gid: random.pick([0, 0, 1000, 0xffff, 0x10000, 0xfffffffe]),
    mtime: random.chance(70) ? times[0]! : random.pick(times),
  });
  const directory = (depth: number): ErofsInode => {
    const children = new Map<string, ErofsInode>();
    const inode: ErofsInode = {
      ...common(),
      type: "directory",
      children,
      xattrs: xattrs(random, pairs, true),
    };
    const many = budget.inodes > 100 && random.chance(30) ? 200 : random.below(16);
    for (let i = 0; i < many && budget.inodes-- > 0; i++)
      children.set(randomName(random), child(depth + 1));
    return inode;
  };
  const child = (depth: number): ErofsInode => {
    if (random.chance(depth === 0 ? 15 : 30)) return directory(depth);
    if (linked.length > 0 && random.chance(10)) return random.pick(linked);
    const inode = leaf(random, common(), pairs, options);
    if (random.chance(30)) linked.push(inode);
    return inode;
  };
  return directory(0);
}

type Common = Pick<ErofsInode, "mode" | "uid" | "gid" | "mtime">;

function leaf(
  random: Random,
  common: Common,
  pairs: readonly [string, Uint8Array][],
  options: TreeOptions,
): ErofsInode {
  const type = random.pick(["file", "file", "file", "symlink", "char", "block", "fifo", "socket"]);
  const inode = { ...common, xattrs: xattrs(random, pairs, type === "file") };
  if (type === "symlink") {
    const odd = decodePath(random.bytes(random.below(9)).map((byte) => byte || 1));
    const linkPath = `${odd}${"../target".repeat(450).slice(0, 1 + random.size(3999))}`;
    return { ...inode, type, linkPath };
  }
  if (type === "char" || type === "block") {
    const [deviceMajor, deviceMinor] = [random.size(0xffe), random.size(0xffffe)];
    return { ...inode, type, deviceMajor, deviceMinor };
  }
  if (type === "fifo" || type === "socket") return { ...inode, type };
  return { ...inode, type: "file", ...fileContent(random, options) };
}

function fileContent(random: Random, options: TreeOptions) {
  const { blockSize, deviceSize } = options;
  if (deviceSize === undefined || random.chance(25))
    return { content: random.bytes(random.size(3 * blockSize)) };
  const unit = blockSize * 2 ** random.below(4);
  const size = random.size(64 * blockSize);
  if (random.chance(60)) return { size, ...(size > 0 ? whole(random, size, options) : {}) };
  const extents: ErofsExtent[] = [];
  for (let offset = 0; offset < size; ) {
    offset += random.below(3) * unit;
    const length = Math.min((1 + random.below(3)) * unit, size - offset);
    if (length <= 0) break;
    extents.push({ offset, length, position: position(random, length, options) });
    offset += length;
  }
  return { size, extents };
}

function whole(random: Random, length: number, options: TreeOptions) {
  return { extents: [{ offset: 0, length, position: position(random, length, options) }] };
}

function position(random: Random, length: number, { blockSize, deviceSize }: TreeOptions): number {
  return random.below(Math.floor((deviceSize! - length) / blockSize) + 1) * blockSize;
}

const NAME_CHARACTERS = ["a", "b", "Z", "-", ".", "!", "é", "\uffee", "💩", "\udcff", "\udc80"];

function randomName(random: Random): string {
  const length = random.chance(5) ? 255 : 1 + random.size(14);
  let name = "";
  for (let used = 0; used < length; ) {
    const next = random.chance(70) ? random.pick(["a", "b", "c"]) : random.pick(NAME_CHARACTERS);
    used += next > "\udc7f" && next < "\ue000" ? 1 : Buffer.byteLength(next);
    if (used > 255) break;
    name += next;
  }
  return name === "." || name === ".." ? "..." : name;
}

function randomTime(random: Random): ErofsTime {
  const seconds = random.pick([0, 1, -1, 1_700_000_000, 2 ** 31, 2 ** 33 + 5, -(2 ** 33)]);
  return { seconds: seconds + random.below(3), nanoseconds: random.pick([0, 0, 1, 999_999_999]) };
}

function randomXattr(random: Random): [string, Uint8Array] {
  const prefix = random.pick(["user.", "trusted.", "trusted.overlay.", "security.shale."]);
  const name = prefix + "n".repeat(1 + random.size(255 - prefix.length - 1)).slice(0, 255);
  return [name.slice(0, 255), random.bytes(random.size(random.chance(5) ? 60_000 : 300))];
}

/** `user.` is for files and directories only. */
function xattrs(
  random: Random,
  pairs: readonly [string, Uint8Array][],
  user: boolean,
): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  if (random.chance(60)) return found;
  for (let i = random.below(4); i > 0; i--) {
    const [name, value] = random.chance(60) ? random.pick(pairs) : randomXattr(random);
    if (user || !name.startsWith("user.")) found.set(name, value);
  }
  return found;
}
