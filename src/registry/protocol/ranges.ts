import type { ByteRange } from "../blob-storage.ts";
import { refuse } from "./registry-error.ts";

/**
 * The part of `size` bytes that a Range header asks for (RFC 9110, 14.1.2). Undefined for all of
 * them: without the header, with one that is none of ours, or one for several parts.
 */
export function parseRange(header: string | null, size: number): ByteRange | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "") ?? [];
  if (from === undefined || to === undefined || (from === "" && to === "")) return undefined;
  const range = from === "" ? suffix(Number(to), size) : fromTo(Number(from), to, size);
  if (range.start <= range.end && range.start < size) return range;
  return refuse("RANGE_INVALID", `no such range in ${size} bytes`, {
    headers: { "Content-Range": `bytes */${size}` },
  });
}

function suffix(length: number, size: number): ByteRange {
  return { start: Math.max(0, size - length), end: length === 0 ? -1 : size - 1 };
}

function fromTo(start: number, to: string, size: number): ByteRange {
  if (to !== "" && Number(to) < start) return { start: 1, end: 0 };
  return { start, end: to === "" ? size - 1 : Math.min(Number(to), size - 1) };
}

/** A chunk's Content-Range, in the spec's form `0-1023` or in HTTP's `bytes 0-1023/4096`. */
export function parseContentRange(header: string | null): ByteRange | undefined {
  if (header === null) return undefined;
  const [, start, end] =
    /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(header) ?? [];
  if (start === undefined || Number(end) < Number(start))
    return refuse("BLOB_UPLOAD_INVALID", "the Content-Range is none", { status: 416 });
  return { start: Number(start), end: Number(end) };
}
