import { fail } from "#errors";
import type { SparseFragment } from "./header.ts";
import { parseDecimal, parseNumber } from "./numbers.ts";
import { type PaxRecords, textOf } from "./pax.ts";

/** What the pax records of a sparse file say (GNU tar manual, "Storing Sparse Files"). */
export interface PaxSparse {
  readonly size: number;
  /** Undefined when the map stands before the data (format 1.0). */
  readonly map: SparseFragment[] | undefined;
}

/** The sparse facts of formats 0.0, 0.1 and 1.0; undefined for a file that is not sparse. */
export function readPaxSparse(records: PaxRecords): PaxSparse | undefined {
  const text = (key: string) => {
    const value = records.get(`GNU.sparse.${key}`);
    return value && textOf(value);
  };
  const map = text("map");
  const inData = text("major") === "1" && text("minor") === "0";
  if (map === undefined && !inData) return undefined;
  const size = parseDecimal(text("realsize") ?? text("size") ?? "", "size of a sparse file");
  if (inData) return { size, map: undefined };
  return { size, map: pairUp(map!.split(",")) };
}

function pairUp(numbers: readonly string[]): SparseFragment[] {
  if (numbers.length % 2) fail("invalid-argument", "a sparse map ends in the middle of a pair");
  const fragments: SparseFragment[] = [];
  for (let i = 0; i < numbers.length; i += 2)
    fragments.push({
      offset: parseDecimal(numbers[i]!, "offset in a sparse map"),
      length: parseDecimal(numbers[i + 1]!, "length in a sparse map"),
    });
  return fragments;
}

/**
 * Gathers the map that format 1.0 puts before the data: decimal numbers, one a line, the first
 * one counting the pairs, filled up with zeros to a whole block.
 */
export class LeadingMap {
  #blocks: Buffer[] = [];
  #lines = 0;
  /** Bytes that the map has taken so far. */
  size = 0;

  /** Takes one more block; gives the map once it is complete. */
  add(block: Buffer): SparseFragment[] | undefined {
    this.#blocks.push(Buffer.from(block));
    this.size += block.length;
    for (let at = block.indexOf("\n"); at >= 0; at = block.indexOf("\n", at + 1)) this.#lines++;
    if (this.#lines < this.#needed()) return undefined;
    const lines = Buffer.concat(this.#blocks).toString("latin1").split("\n");
    return pairUp(lines.slice(1, this.#needed()));
  }

  #needed(): number {
    const first = this.#blocks[0]!;
    const end = first.indexOf("\n");
    const pairs = parseDecimal(
      first.toString("latin1", 0, Math.max(end, 0)),
      "count of a sparse map",
    );
    return pairs * 2 + 1;
  }
}

/** Pairs in a block that extends an old GNU sparse header, and its flag for one more block. */
export const EXTENSION_PAIRS = 21;
const EXTENDED_AT = 504;

/** The four pairs in an old GNU sparse header, or the 21 in a block that extends it. */
export function readOldMap(block: Buffer, at: number, pairs: number): SparseFragment[] {
  const fragments: SparseFragment[] = [];
  for (let i = 0; i < pairs && block[at + i * 24] !== 0; i++) {
    const offset = parseNumber(block, at + i * 24, 12, "offset in a sparse map");
    fragments.push({ offset, length: parseNumber(block, at + i * 24 + 12, 12, "sparse length") });
  }
  return fragments;
}

/** Whether another extension block follows this one. */
export function isExtended(block: Buffer): boolean {
  return block[EXTENDED_AT] !== 0;
}

/** Fails unless the stretches are in order, inside the file, and add up to what is stored. */
export function checkMap(map: readonly SparseFragment[], size: number, stored: number): void {
  let end = 0;
  let sum = 0;
  for (const { offset, length } of map) {
    if (offset < end || length < 0) fail("invalid-argument", "a sparse map is out of order");
    end = offset + length;
    sum += length;
  }
  if (end > size) fail("invalid-argument", "a sparse map reaches past the end of its file");
  if (sum !== stored)
    fail("invalid-argument", `a sparse map names ${sum} bytes, but ${stored} are stored`);
}
