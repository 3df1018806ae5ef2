import type { Chunk } from "#bytes";
import { fail, type KindedError } from "#errors";
import { PassingFault } from "../passing-fault.ts";
import type { HttpResponse } from "../transport/transport.ts";

/** Bytes of a blob, `end` excluded. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface Wanted extends ByteRange {
  /** The size of the whole blob. */
  readonly size: number;
  /** For messages. */
  readonly name: string;
}

/** The header that asks for a part (RFC 9110 section 14.2); none for the whole. */
export function rangeHeader({ start, end, size }: Wanted): Record<string, string> {
  return start === 0 && end === size ? {} : { Range: `bytes=${start}-${end - 1}` };
}

/**
 * The wanted bytes out of an answer of 200 or 206. More or other bytes than asked for fail with
 * `data-loss`; fewer are a fault that may pass.
 */
export async function* bytesOf(response: HttpResponse, wanted: Wanted): AsyncGenerator<Chunk> {
  const first = firstByte(response, wanted);
  const end = response.status === 206 ? wanted.end : wanted.size;
  checkLength(response, end - first, wanted);
  let at = first;
  for await (const chunk of response.body) {
    const before = at;
    at += chunk.length;
    if (at > end) wrong(wanted, "the server sends more than that");
    const part = chunk.subarray(Math.max(0, wanted.start - before), wanted.end - before);
    if (part.length > 0) yield part;
    if (at >= wanted.end && wanted.end < end) return;
  }
  if (at < wanted.end) throw endedEarly(wanted, at);
}

/** Where the answer's bytes begin in the blob. */
function firstByte(response: HttpResponse, wanted: Wanted): number {
  const coding = response.headers.get("content-encoding") ?? "identity";
  if (coding !== "identity") wrong(wanted, "the server changes its encoding");
  if (response.status === 200) return 0;
  const { start, end, size } = wanted;
  const range = response.headers.get("content-range") ?? "";
  const [, from, to, of] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(range) ?? [];
  const isRight =
    Number(from) === start && Number(to) === end - 1 && (of === "*" || Number(of) === size);
  return isRight
    ? start
    : wrong(wanted, `the server answers with ${JSON.stringify(range.slice(0, 80))}`);
}

function checkLength({ headers }: HttpResponse, expected: number, wanted: Wanted): void {
  const length = headers.get("content-length");
  if (length !== null && Number(length) !== expected)
    wrong(wanted, `the server announces ${Number(length)} bytes in place of ${expected}`);
}

function endedEarly({ name, size }: Wanted, at: number): KindedError {
  return new PassingFault("data-loss", `${name}: the server's data ended at byte ${at} of ${size}`);
}

function wrong({ name, start, end, size }: Wanted, what: string): never {
  return fail("data-loss", `${name}: bytes ${start} to ${end} of ${size} were asked for: ${what}`);
}
