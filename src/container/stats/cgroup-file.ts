import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One count of a block device, as Docker's API has it. */
export interface BlockRow {
  readonly major: number;
  readonly minor: number;
  readonly op: string;
  readonly value: number;
}

/** The text of a control group's file; empty where the kernel has none. */
export function textIn(group: string | undefined, name: string): string {
  if (group === undefined) return "";
  try {
    return readFileSync(join(group, name), "latin1");
  } catch {
    return "";
  }
}

/** A file of one number; undefined where there is none or it says `max`. */
export function numberIn(group: string | undefined, name: string): number | undefined {
  const text = textIn(group, name).trim();
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Lines of `key value`. */
export function flatKeys(text: string): Record<string, number | undefined> {
  const lines = [...text.matchAll(/^(\S+) (\d+)$/gm)];
  return Object.fromEntries(lines.map(([, key = "", value]) => [key, Number(value)]));
}

/** Lines of `254:0 Read 4096`. */
export function rowsOf(text: string): BlockRow[] {
  const lines = [...text.matchAll(/^(\d+):(\d+) (\w+) (\d+)$/gm)];
  return lines.map(([, major, minor, op = "", value]) => ({
    major: Number(major),
    minor: Number(minor),
    op,
    value: Number(value),
  }));
}

/** All counts of block devices, without any; Docker has lists on v1 and null on v2. */
export function emptyBlkio(none: null | readonly [] = []): object {
  return {
    io_service_bytes_recursive: none,
    io_serviced_recursive: none,
    io_queue_recursive: none,
    io_service_time_recursive: none,
    io_wait_time_recursive: none,
    io_merged_recursive: none,
    io_time_recursive: none,
    sectors_recursive: none,
  };
}
