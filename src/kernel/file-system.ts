import { closeSync, openSync, statfsSync } from "node:fs";
import { systemPath } from "#bytes";
import { checked, lazyLibc } from "./system-call.ts";

const libc = lazyLibc({ syncfs: { args: ["i32"], returns: "i32" } });

/** A file system's size in bytes, and its magic number (statfs(2)). */
export interface FileSystemFacts {
  readonly magic: number;
  readonly blockSize: number;
  readonly total: number;
  readonly free: number;
  /** What a process without privilege may still use. */
  readonly available: number;
}

/** statfs(2) of the file system that holds a path. */
export function statfs(path: string): FileSystemFacts {
  const { type, bsize, blocks, bfree, bavail } = statfsSync(systemPath(path));
  return {
    magic: type,
    blockSize: bsize,
    total: blocks * bsize,
    free: bfree * bsize,
    available: bavail * bsize,
  };
}

/** Writes everything of the file system that holds a path to its disk (syncfs(2)). */
export function syncFileSystem(path: string): void {
  const fd = openSync(systemPath(path), "r");
  try {
    checked(libc().syncfs(fd), () => `syncfs ${path}`);
  } finally {
    closeSync(fd);
  }
}
