import { fail } from "#errors";
import { type HeaderBlock, OLD_SPARSE } from "./block.ts";
import type { EntryType, SparseFragment, TarHeader, TarTime } from "./header.ts";
import { parseDecimal } from "./numbers.ts";
import { type PaxRecords, parsePaxTime, textOf, xattrsOf } from "./pax.ts";
import { readOldMap, readPaxSparse } from "./sparse.ts";

/** What came before a header and changes its meaning. */
export interface Prelude {
  pax?: PaxRecords;
  longName?: string;
  longLink?: string;
}

/** A header put together, and how its content is stored. */
export interface Assembled {
  readonly header: TarHeader;
  /** Bytes in the archive; for `leading` they begin with the sparse map. */
  readonly stored: number;
  /** Where the rest of the sparse map is: in more blocks, or before the data (format 1.0). */
  readonly restOfMap?: "extended" | "leading";
}

const TYPES: Record<string, EntryType> = {
  "\0": "file",
  "0": "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "char",
  "4": "block",
  "5": "directory",
  "6": "fifo",
  "7": "file",
  D: "directory",
  S: "file",
};

/** The name of the entry, from the first place that has one (Go's order). */
export function pathOf(raw: HeaderBlock, prelude: Prelude, globals: PaxRecords): string {
  const records = prelude.pax ?? globals;
  return prelude.longName ?? text(records, "GNU.sparse.name") ?? text(records, "path") ?? raw.path;
}

/** Merges a header block with the pax records and GNU long names that stand before it. */
export function assemble(
  raw: HeaderBlock,
  path: string,
  prelude: Prelude,
  globals: PaxRecords,
): Assembled {
  const records = prelude.pax ?? globals;
  const sparse = readSparse(raw, records);
  const type = typeOf(raw, path);
  const stated = number(records, "size") ?? raw.size;
  if (stated < 0) fail("invalid-argument", `size of ${path} is negative`);
  const size = type === "file" ? (sparse?.size ?? stated) : 0;
  const header: TarHeader = {
    path: type === "directory" ? withoutSlash(path) : path,
    type,
    mode: raw.mode,
    uid: number(records, "uid") ?? raw.uid,
    gid: number(records, "gid") ?? raw.gid,
    size,
    mtime: timeOf(raw, records),
    xattrs: xattrsOf(records),
    ...linkOf(raw, type, prelude, records),
    ...deviceOf(raw, type),
    ...namesOf(raw, records),
    ...(sparse && { sparse: sparse.map ?? [] }),
  };
  // Of the types that have no content only GNU's directory list (D) has bytes of its own.
  const stored = type === "file" || raw.type === "D" ? stated : 0;
  return sparse?.rest ? { header, stored, restOfMap: sparse.rest } : { header, stored };
}

interface Sparse {
  readonly size: number;
  readonly map: SparseFragment[] | undefined;
  readonly rest?: "extended" | "leading";
}

function readSparse(raw: HeaderBlock, records: PaxRecords): Sparse | undefined {
  if (raw.type === "S") {
    const map = readOldMap(raw.bytes, OLD_SPARSE, 4);
    const sparse = { size: raw.oldRealSize, map };
    return raw.oldExtended ? { ...sparse, rest: "extended" } : sparse;
  }
  const sparse = readPaxSparse(records);
  return sparse && !sparse.map ? { ...sparse, rest: "leading" } : sparse;
}

function typeOf(raw: HeaderBlock, path: string): EntryType {
  // Before ustar a directory was a file whose name ends in a slash.
  if (raw.type === "\0" && path.endsWith("/")) return "directory";
  return TYPES[raw.type] ?? fail("unsupported", `${path} is of the unknown type "${raw.type}"`);
}

function withoutSlash(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === "/") end--;
  return path.slice(0, end);
}

function linkOf(raw: HeaderBlock, type: EntryType, prelude: Prelude, records: PaxRecords) {
  if (type !== "hardlink" && type !== "symlink") return {};
  return { linkPath: prelude.longLink ?? text(records, "linkpath") ?? raw.linkPath };
}

function deviceOf(raw: HeaderBlock, type: EntryType) {
  if (type !== "char" && type !== "block") return {};
  return { deviceMajor: raw.deviceMajor, deviceMinor: raw.deviceMinor };
}

function namesOf(raw: HeaderBlock, records: PaxRecords) {
  const uname = text(records, "uname") ?? raw.uname;
  const gname = text(records, "gname") ?? raw.gname;
  return { ...(uname && { uname }), ...(gname && { gname }) };
}

function timeOf(raw: HeaderBlock, records: PaxRecords): TarTime {
  const mtime = text(records, "mtime");
  return mtime === undefined ? { seconds: raw.mtime, nanoseconds: 0 } : parsePaxTime(mtime);
}

function text(records: PaxRecords, key: string): string | undefined {
  const value = records.get(key);
  return value && textOf(value);
}

function number(records: PaxRecords, key: string): number | undefined {
  const value = text(records, key);
  return value === undefined ? undefined : parseDecimal(value, `pax record ${key}`);
}
