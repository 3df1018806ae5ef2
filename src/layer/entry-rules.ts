import { encodePath } from "#bytes";
import { fail } from "#errors";
import type { TarHeader } from "#tar";

/** What a layer may hold at most. */
export interface LayerLimits {
  /** Default 1,000,000. */
  readonly maxEntries?: number;
  /** Bytes of all files together, holes included; default 1 TiB. */
  readonly maxSize?: number;
}

export interface LayerSummary {
  readonly entries: number;
  /** Bytes of all files together, holes included. */
  readonly size: number;
}

/** A path taken apart: clean, without `.` and `..`, and without a leading slash. */
export interface Place {
  /** "" for the root. */
  readonly directory: string;
  readonly name: string;
}

/**
 * What an entry means in a layer (OCI image spec, layer.md): a change, the removal of a name of
 * the lower layers (`.wh.name`), of all that lower layers have in a directory (`.wh..wh..opq`),
 * or bookkeeping of AUFS that is passed over.
 */
export type Meaning =
  | { readonly kind: "root" | "ignored" }
  | { readonly kind: "change"; readonly at: Place; readonly link?: Place }
  | { readonly kind: "whiteout"; readonly at: Place }
  | { readonly kind: "opaque"; readonly directory: string };

const WHITEOUT = ".wh.";
const META = ".wh..wh.";
export const OPAQUE = ".wh..wh..opq";
const MOST_NAME = 255;
const MOST_PATH = 4095;
const MOST_DEPTH = 512;
/** The largest uid and gid; the next one means "no change" to the kernel. */
const MOST_ID = 2 ** 32 - 2;
const [MOST_MAJOR, MOST_MINOR] = [2 ** 12, 2 ** 20];
const TIME_RANGE = 2 ** 53;

const IGNORED: Meaning = { kind: "ignored" };
const ROOT: Meaning = { kind: "root" };

/**
 * Checks the entries of one layer, each by what it says itself, and tells what it means. Fails with
 * `invalid-argument` for what no layer may hold and `resource-exhausted` at a limit. What the
 * entries before it decide, such as where its path leads and whether the file that it links to is
 * there, and which extended attributes can be set, is for those that place it: `LayerWriter` in a
 * directory, `IndexSink` in an index.
 */
export class EntryRules {
  readonly #maxEntries: number;
  readonly #maxSize: number;
  readonly #hasMarks: boolean;
  #entries = 0;
  #size = 0;

  /** `anyName`: of an archive that is no layer, in which `.wh.` means nothing. */
  constructor(limits: LayerLimits = {}, { anyName = false }: { anyName?: boolean } = {}) {
    this.#maxEntries = limits.maxEntries ?? 1_000_000;
    this.#maxSize = limits.maxSize ?? 2 ** 40;
    this.#hasMarks = !anyName;
  }

  get summary(): LayerSummary {
    return { entries: this.#entries, size: this.#size };
  }

  check(header: TarHeader): Meaning {
    this.#count(header);
    const path = cleanPath(header.path, "entry");
    if (path === "") return rootOf(header);
    checkAttributes(header);
    if (this.#hasMarks && path.includes(WHITEOUT)) {
      const meaning = meaningOfMark(path);
      if (meaning) return meaning;
    }
    const at = placeOf(path);
    return header.type === "hardlink"
      ? { kind: "change", at, link: this.#linkPlace(header) }
      : { kind: "change", at };
  }

  #linkPlace({ path, linkPath = "" }: TarHeader): Place {
    const target = cleanPath(linkPath, `target of hard link ${shown(path)}:`);
    if (target === "" || (this.#hasMarks && target.split("/").some(isMark)))
      fail("invalid-argument", `hard link ${shown(path)} cannot point to ${shown(linkPath)}`);
    return placeOf(target);
  }

  #count(header: TarHeader): void {
    this.#entries++;
    this.#size += header.size;
    if (this.#entries > this.#maxEntries)
      fail("resource-exhausted", `the layer has more than ${this.#maxEntries} entries`);
    if (this.#size > this.#maxSize)
      fail(
        "resource-exhausted",
        `the layer's files are larger than ${this.#maxSize} bytes (at ${header.path})`,
      );
  }
}

const UNCLEAN = /(?:^|\/)\.{0,2}(?:\/|$)/;

/** The path as from the root, without empty and `.` parts; `..` is refused. */
export function cleanPath(path: string, what: string): string {
  if (path === "") return fail("invalid-argument", `${what} without a name`);
  const clean = UNCLEAN.test(path) ? path.split("/").filter(isPart).join("/") : path;
  if (/(?:^|\/)\.\.(?:\/|$)/.test(clean))
    fail("invalid-argument", `${what} ${shown(path)} goes up by ".."`);
  if (clean.includes("\0")) fail("invalid-argument", `${what} ${shown(path)} has a NUL in it`);
  if (clean.length > 80) checkLengths(clean, what);
  return clean;
}

function isPart(part: string): boolean {
  return part !== "" && part !== ".";
}

function checkLengths(path: string, what: string): void {
  const parts = path.split("/");
  if (parts.some((part) => encodePath(part).length > MOST_NAME))
    fail("invalid-argument", `${what} ${shown(path)} has a name of over ${MOST_NAME} bytes`);
  if (encodePath(path).length > MOST_PATH || parts.length > MOST_DEPTH)
    fail("invalid-argument", `${what} ${shown(path)} is nested too deeply`);
}

function rootOf(header: TarHeader): Meaning {
  if (header.type !== "directory")
    fail(
      "invalid-argument",
      `entry ${shown(header.path)} would replace the root by a ${header.type}`,
    );
  checkAttributes(header);
  return ROOT;
}

function checkAttributes(header: TarHeader): void {
  const { path, uid, gid, mtime, type } = header;
  if (!isWithin(uid, MOST_ID) || !isWithin(gid, MOST_ID))
    fail("invalid-argument", `entry ${shown(path)} has the impossible owner ${uid}:${gid}`);
  if (Math.abs(mtime.seconds) > TIME_RANGE)
    fail("invalid-argument", `entry ${shown(path)} has an impossible time`);
  if (type === "char" || type === "block") checkDevice(header);
  if (type === "symlink") checkTarget(header);
}

function checkDevice({ path, type, deviceMajor = 0, deviceMinor = 0 }: TarHeader): void {
  if (!isWithin(deviceMajor, MOST_MAJOR - 1) || !isWithin(deviceMinor, MOST_MINOR - 1))
    fail(
      "invalid-argument",
      `entry ${shown(path)} has the impossible device number ${deviceMajor}:${deviceMinor}`,
    );
  if (type === "char" && deviceMajor === 0 && deviceMinor === 0)
    fail(
      "invalid-argument",
      `entry ${shown(path)} is device 0:0, which overlay takes for a whiteout`,
    );
}

function checkTarget({ path, linkPath = "" }: TarHeader): void {
  const length = encodePath(linkPath).length;
  if (length === 0 || length > MOST_PATH || linkPath.includes("\0"))
    fail("invalid-argument", `symlink ${shown(path)} has an impossible target`);
}

function isWithin(value: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= most;
}

/** Fails for a path that would not be a file in a layer, but the removal of another one. */
export function refuseWhiteout(path: string): void {
  if (placeOf(path).name.startsWith(WHITEOUT))
    fail("invalid-argument", `a layer cannot keep a file ${shown(path)}: it would remove another`);
}

/** The name that stands in a layer for the removal of another. */
export function whiteoutName(name: string): string {
  return WHITEOUT + name;
}

/** The meaning of a path with a whiteout mark in it, which may be just part of an ordinary name. */
function meaningOfMark(path: string): Meaning | undefined {
  const { directory, name } = placeOf(path);
  const above = directory.split("/");
  if (above.some((part) => part.startsWith(META))) return IGNORED;
  if (above.some(isMark))
    return fail("invalid-argument", `entry ${shown(path)} is inside a whiteout`);
  if (name === OPAQUE) return { kind: "opaque", directory };
  if (name.startsWith(META)) return IGNORED;
  if (!name.startsWith(WHITEOUT)) return undefined;
  const hidden = name.slice(WHITEOUT.length);
  if (hidden === "" || hidden === "." || hidden === "..")
    fail("invalid-argument", `whiteout ${shown(path)} names nothing that can be removed`);
  return { kind: "whiteout", at: { directory, name: hidden } };
}

function isMark(part: string): boolean {
  return part.startsWith(WHITEOUT);
}

export function placeOf(path: string): Place {
  const slash = path.lastIndexOf("/");
  return { directory: slash < 0 ? "" : path.slice(0, slash), name: path.slice(slash + 1) };
}

export function join(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}

/** A name in a message: quoted, so that nothing in it can play with a terminal, and not endless. */
export function shown(path: string): string {
  return JSON.stringify(path.length > 120 ? `${path.slice(0, 120)}…` : path);
}
