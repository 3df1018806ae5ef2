import { existsSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const RESERVE_FILE = "reserve";
const RESERVE_SIZE = 1 << 20;
/** With less free space than this no reserve is laid in. */
const PLENTY = 64 * RESERVE_SIZE;

/**
 * Lays in space that is given back when the disk is full: SQLite needs some even to read, and so
 * does whoever wants to remove something. Does nothing where it cannot be done.
 */
export function layInReserve(root: string): void {
  const path = join(root, RESERVE_FILE);
  try {
    if (existsSync(path) || freeSpace(root) < PLENTY) return;
    writeFileSync(path, new Uint8Array(RESERVE_SIZE), { flag: "wx", mode: 0o600 });
  } catch {}
}

/** Gives the reserve back; false when there is none. */
export function spendReserve(root: string): boolean {
  try {
    rmSync(join(root, RESERVE_FILE));
    return true;
  } catch {
    return false;
  }
}

/** Whether the disk is so full that a database cannot be read. */
export function isDiskFull(root: string): boolean {
  return freeSpace(root) < RESERVE_SIZE;
}

function freeSpace(root: string): number {
  const { bavail, bsize } = statfsSync(root);
  return bavail * bsize;
}
