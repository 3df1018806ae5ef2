import { lstatSync } from "node:fs";
import { eachUsage } from "#kernel";

const BLOCK = 512;

/**
 * Bytes on disk of these; files that have another name are counted where they are from, and one
 * that is gone meanwhile counts nothing.
 */
export function ownUsage(paths: readonly string[]): number {
  const own = paths
    .map((path) => lstatSync(path, { throwIfNoEntry: false }))
    .filter((stats) => stats !== undefined)
    .filter((stats) => stats.isDirectory() || stats.nlink === 1);
  return own.reduce((sum, { blocks }) => sum + blocks * BLOCK, 0);
}

/** Bytes on disk of a directory and all in it, as du(1) counts them; 0 when there is none. */
export async function diskUsage(directory: string): Promise<number> {
  let total = 0;
  await eachUsage(directory, (bytes) => {
    total += bytes;
  });
  return total;
}
