import { decodePath, encodePath } from "#bytes";
import { fail } from "#errors";
import type { TarTime } from "./header.ts";
import { parseDecimal } from "./numbers.ts";

/** The records of a pax header in force for an entry: the last value of each keyword wins. */
export type PaxRecords = Map<string, Uint8Array>;

const XATTR = "SCHILY.xattr.";
const XATTR_LIBARCHIVE = "LIBARCHIVE.xattr.";
const NO_NUL = new Set(["path", "linkpath", "uname", "gname"]);
const MAP = "GNU.sparse.map";
const [SPACE, EQUALS, NEWLINE] = [0x20, 0x3d, 0x0a];

/**
 * Adds the records of one pax header (POSIX pax, "pax Extended Header"): each is
 * `length keyword=value\n`, the length counting all of it. The repeated keywords of GNU sparse
 * format 0.0 are gathered as the map of format 0.1.
 */
export function readPaxRecords(bytes: Buffer, into: PaxRecords): PaxRecords {
  const map: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { key, value, end } = readRecord(bytes, at);
    if (key === "GNU.sparse.offset" || key === "GNU.sparse.numbytes") map.push(textOf(value));
    else setRecord(into, key, value);
    at = end;
  }
  if (map.length > 0) into.set(MAP, Buffer.from(map.join(",")));
  return into;
}

function readRecord(bytes: Buffer, at: number) {
  const space = bytes.indexOf(SPACE, at);
  const isShort = space > at && space - at < 12;
  const digits = isShort ? bytes.toString("latin1", at, space) : "";
  const size = parseDecimal(digits, "length of a pax record");
  const end = at + size;
  const equals = bytes.indexOf(EQUALS, space);
  if (!(end <= bytes.length) || bytes[end - 1] !== NEWLINE || !(equals > space && equals < end))
    return fail("invalid-argument", "a pax record is malformed");
  const key = decodePath(bytes.subarray(space + 1, equals));
  return { key, value: bytes.subarray(equals + 1, end - 1), end };
}

function setRecord(records: PaxRecords, key: string, value: Uint8Array): void {
  if (NO_NUL.has(key) && value.includes(0))
    fail("invalid-argument", `pax record ${key} has a NUL byte in it`);
  // An empty value takes the keyword back; an empty extended attribute is a value like others.
  if (value.length === 0 && !key.startsWith(XATTR)) records.delete(key);
  else records.set(key, value);
}

export function textOf(bytes: Uint8Array): string {
  return decodePath(bytes);
}

/** Extended attributes, from star's and GNU tar's binary records or libarchive's base64 ones. */
export function xattrsOf(records: PaxRecords): Map<string, Uint8Array> {
  const xattrs = new Map<string, Uint8Array>();
  for (const [key, value] of records) {
    if (key.startsWith(XATTR)) xattrs.set(decodeXattrName(key.slice(XATTR.length)), value);
    else if (key.startsWith(XATTR_LIBARCHIVE))
      setLibarchive(xattrs, key.slice(XATTR_LIBARCHIVE.length), value);
  }
  return xattrs;
}

function setLibarchive(xattrs: Map<string, Uint8Array>, encoded: string, value: Uint8Array): void {
  const name = encoded.replace(/%([0-9a-fA-F]{2})/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  if (!xattrs.has(name)) xattrs.set(name, Buffer.from(textOf(value), "base64"));
}

/** The keyword that carries an extended attribute: `=` cannot stand in it (GNU tar's escapes). */
export function xattrKeyword(name: string): string {
  return XATTR + name.replace(/%(?=25|3D)/g, "%25").replaceAll("=", "%3D");
}

function decodeXattrName(name: string): string {
  return name.replace(/%3D|%25/g, (code) => (code === "%3D" ? "=" : "%"));
}

/** `seconds[.fraction]`, possibly negative; digits past the nanosecond are cut off. */
export function parsePaxTime(text: string): TarTime {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text);
  if (!match) return fail("invalid-argument", `pax record mtime is not a time: ${text}`);
  const seconds = parseDecimal(match[2]!, "pax record mtime");
  const nanoseconds = Number((match[3] ?? "").slice(0, 9).padEnd(9, "0"));
  if (!match[1]) return { seconds, nanoseconds };
  if (nanoseconds === 0) return { seconds: 0 - seconds, nanoseconds };
  return { seconds: -seconds - 1, nanoseconds: 1e9 - nanoseconds };
}

export function formatPaxTime({ seconds, nanoseconds }: TarTime): string {
  if (nanoseconds === 0) return String(seconds);
  const before = seconds < 0;
  const whole = before ? -(seconds + 1) : seconds;
  const fraction = String(before ? 1e9 - nanoseconds : nanoseconds).padStart(9, "0");
  return `${before ? "-" : ""}${whole}.${fraction.replace(/0+$/, "")}`;
}

/** Writes records in the order of their keywords' bytes, so that equal records give equal bytes. */
export function formatPaxRecords(records: PaxRecords): Buffer {
  const keys = [...records.keys()].filter((key) => key !== MAP);
  const encoded = keys.map((key) => Buffer.from(encodePath(key))).sort(Buffer.compare);
  // GNU tar takes the map of a sparse file only after the count of its pairs.
  if (records.has(MAP)) encoded.push(Buffer.from(MAP));
  return Buffer.concat(encoded.map((key) => formatRecord(key, records.get(decodePath(key))!)));
}

function formatRecord(key: Buffer, value: Uint8Array): Buffer {
  const rest = key.length + value.length + 3;
  let size = rest + String(rest).length;
  if (rest + String(size).length > size) size++;
  return Buffer.concat([Buffer.from(`${size} `), key, Buffer.from("="), value, Buffer.of(NEWLINE)]);
}
