import { decodePath, encodePath } from "#bytes";
import { quote } from "#errors";
import {
  alignUp,
  MOST_SHARED_XATTRS,
  XATTR_ENTRY_SIZE,
  XATTR_HEADER_SIZE,
  XATTR_PREFIXES,
} from "./format.ts";
import { type Plan, refuse, refuseSize } from "./plan.ts";

/** A name and value; one object for all inodes that have the pair. */
export interface Xattr {
  readonly prefix: number;
  /** The name without its prefix. */
  readonly name: Uint8Array;
  readonly value: Uint8Array;
  uses: number;
  /** Where it stands in the area of shared ones. */
  sharedAt: number | undefined;
}

/** The xattrs of an inode: those in the shared area, and those right behind it. */
export interface XattrPlan {
  readonly shared: readonly Xattr[];
  readonly inline: readonly Xattr[];
  /** Bytes behind the inode. */
  readonly size: number;
}

const LONGEST_NAME = 255;
const LARGEST_VALUE = 0xffff;
const LARGEST_BODY = XATTR_HEADER_SIZE + (0xffff - 1) * 4;

/** Collects the xattrs of all inodes, so that what is there twice is stored once. */
export class XattrPool {
  readonly #pairs = new Map<string, Xattr>();
  readonly #users = new Map<Plan, Xattr[]>();

  add(plan: Plan): void {
    const { xattrs } = plan.inode;
    if (xattrs.size === 0) return;
    const names = [...xattrs.keys()].sort();
    this.#users.set(
      plan,
      names.map((name) => this.#pair(name, xattrs.get(name)!, plan)),
    );
  }

  #pair(name: string, value: Uint8Array, plan: Plan): Xattr {
    // The hash is one for which nobody finds two values; the value itself would be kept twice.
    const key = `${name}\0${Bun.CryptoHasher.hash("sha256", value, "base64")}`;
    const pair = this.#pairs.get(key) ?? {
      ...split(name, value, plan),
      uses: 0,
      sharedAt: undefined,
    };
    pair.uses++;
    this.#pairs.set(key, pair);
    return pair;
  }

  /** Decides what is shared, and gives each inode its plan; returns the shared area's content. */
  finish(): Xattr[] {
    const shared = [...this.#pairs.values()].filter(({ uses }) => uses > 1);
    let at = 0;
    for (const pair of shared) {
      pair.sharedAt = at;
      at += entrySize(pair);
    }
    for (const [plan, pairs] of this.#users) plan.xattrs = divide(pairs, plan);
    return shared;
  }
}

function split(name: string, value: Uint8Array, plan: Plan) {
  const whole = encodePath(name);
  for (const [prefix, text] of XATTR_PREFIXES) {
    if (text.endsWith(".") ? !name.startsWith(text) || name === text : name !== text) continue;
    if (whole.includes(0) || whole.length > LONGEST_NAME || decodePath(whole) !== name) break;
    if (value.length > LARGEST_VALUE)
      refuseSize(plan, `its attribute ${name} is larger than ${LARGEST_VALUE} bytes`);
    return { prefix, name: whole.subarray(text.length), value };
  }
  return refuse(plan, `the format has no attribute of the name ${quote(name)}`);
}

function divide(pairs: readonly Xattr[], plan: Plan): XattrPlan {
  const shared = pairs
    .filter(({ sharedAt }) => sharedAt !== undefined)
    .slice(0, MOST_SHARED_XATTRS);
  const elsewhere = new Set(shared);
  const inline = pairs.filter((pair) => !elsewhere.has(pair));
  const size = inline.reduce(
    (sum, pair) => sum + entrySize(pair),
    XATTR_HEADER_SIZE + shared.length * 4,
  );
  if (size > LARGEST_BODY) refuseSize(plan, `its attributes take more than ${LARGEST_BODY} bytes`);
  return { shared, inline, size };
}

export function entrySize({ name, value }: Xattr): number {
  return alignUp(XATTR_ENTRY_SIZE + name.length + value.length, 4);
}

/** The number in an inode that says how many bytes of xattrs are behind it. */
export function xattrCount(plan: XattrPlan | undefined): number {
  return plan === undefined ? 0 : (plan.size - XATTR_HEADER_SIZE) / 4 + 1;
}

/** Writes what stands behind an inode. */
export function writeXattrs(image: DataView, position: number, plan: XattrPlan): void {
  image.setUint8(position + 4, plan.shared.length);
  let at = position + XATTR_HEADER_SIZE;
  for (const { sharedAt } of plan.shared) {
    image.setUint32(at, sharedAt! / 4, true);
    at += 4;
  }
  for (const pair of plan.inline) {
    writeXattr(image, at, pair);
    at += entrySize(pair);
  }
}

export function writeXattr(image: DataView, position: number, xattr: Xattr): void {
  const bytes = new Uint8Array(image.buffer);
  image.setUint8(position, xattr.name.length);
  image.setUint8(position + 1, xattr.prefix);
  image.setUint16(position + 2, xattr.value.length, true);
  bytes.set(xattr.name, position + XATTR_ENTRY_SIZE);
  bytes.set(xattr.value, position + XATTR_ENTRY_SIZE + xattr.name.length);
}
