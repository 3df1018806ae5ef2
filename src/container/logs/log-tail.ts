import { fstatSync, readSync } from "node:fs";
import type { LogFile } from "./log-files.ts";
import { endsLine } from "./log-line.ts";

const BLOCK = 64 << 10;
/** More than conmon writes as one line. */
const LONGEST = 16 << 10;
const NEWLINE = 10;

/** Where the last lines of a log begin: a file, by its index, and a place in it. */
export interface LogPlace {
  readonly file: number;
  readonly at: number;
}

/**
 * Where the last `count` lines of the container begin in its log, whose files come the oldest
 * first. Reads from the end, no more than it needs.
 */
export function findTail(files: readonly LogFile[], count: number): LogPlace {
  let left = count;
  for (let file = files.length - 1; file >= 0; file--) {
    const found = findInFile(files[file]!, left);
    if (typeof found === "object") return { file, at: found.at };
    left = found;
  }
  return { file: 0, at: 0 };
}

/** The place of the last lines, or how many are missing when it has less. */
function findInFile({ fd }: LogFile, count: number): { at: number } | number {
  let left = count;
  let first = true;
  for (let end = fstatSync(fd).size; end > 0; ) {
    const start = Math.max(0, end - BLOCK);
    const block = Buffer.allocUnsafe(end - start + LONGEST);
    const length = readSync(fd, block, 0, block.length, start);
    const lines = lineStarts(block.subarray(0, length), start, end);
    for (const at of lines.reverse()) {
      // What has not ended is a line, too, when it is the last.
      if (endsLine(block, at) || first) {
        if (left === 0) return { at: start + nextLine(block, at) };
        left--;
      }
      first = false;
    }
    end = start;
  }
  return left;
}

/** Where lines begin in a part of the file from `start` to `end`. */
function lineStarts(block: Buffer, start: number, end: number): number[] {
  const starts = start === 0 ? [0] : [];
  for (let at = block.indexOf(NEWLINE); at >= 0 && start + at + 1 < end; ) {
    if (at + 1 < block.length) starts.push(at + 1);
    at = block.indexOf(NEWLINE, at + 1);
  }
  return starts;
}

function nextLine(block: Buffer, at: number): number {
  return block.indexOf(NEWLINE, at) + 1;
}
