import { rmSync, statfsSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const RESERVE_FILE = "reserve";
const RESERVE_SIZE = 1 << 20;
/** What is given back at a time: a container that goes on writing takes what is left of it. */
const SHARE = RESERVE_SIZE / 16;

/**
 * Lays in space that is given back when the disk is full: SQLite needs some even to read, and so
 * does whoever wants to remove something. It takes no more than half of what is free, and does
 * nothing where it cannot be done.
 */
export function layInReserve(root: string): void {
  try {
    const missing = RESERVE_SIZE - reserved(root);
    if (missing <= 0) return;
    const size = Math.min(missing, wholeShares(freeSpace(root) / 2));
    const path = join(root, RESERVE_FILE);
    if (size > 0) writeFileSync(path, new Uint8Array(size), { flag: "a", mode: 0o600 });
  } catch {}
}

/** Gives a share of the reserve back; false when there is none. */
export function spendReserve(root: string): boolean {
  const path = join(root, RESERVE_FILE);
  try {
    const size = reserved(root);
    if (size > SHARE) truncateSync(path, size - SHARE);
    else rmSync(path);
    return true;
  } catch {
    return false;
  }
}

function reserved(root: string): number {
  return statSync(join(root, RESERVE_FILE), { throwIfNoEntry: false })?.size ?? 0;
}

function wholeShares(bytes: number): number {
  return bytes - (bytes % SHARE);
}

/** Whether the disk is so full that a database cannot be read. */
export function isDiskFull(root: string): boolean {
  return freeSpace(root) < RESERVE_SIZE;
}

function freeSpace(root: string): number {
  const { bavail, bsize } = statfsSync(root);
  return bavail * bsize;
}
