import { lstatSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fail } from "#errors";
import { failOnFile } from "./system-error.ts";

/** A file to write. */
export interface OutputTarget {
  readonly path: string;
  /** It is no regular file, so that nothing may take its place. */
  readonly inPlace: boolean;
}

/** As many links as the kernel follows. */
const MOST_LINKS = 40;

/**
 * What the path of `-o` leads to, behind all links: a link stays, what it points at is written.
 * Links of `/proc`, such as `/dev/stdout` ends in, are no names of files: they are opened.
 */
export function findOutputTarget(directory: string, given: string): OutputTarget {
  const path = followLinks(resolve(directory, given), given);
  const there = lstat(path);
  if (there?.isDirectory()) fail("invalid-argument", "cannot write to a directory");
  if (given.endsWith("/")) realDirectory(path, given.replace(/\/+$/, ""));
  return { path, inPlace: isInProc(path) || (there !== undefined && !there.isFile()) };
}

function followLinks(start: string, given: string): string {
  let path = start;
  for (let links = 0; links <= MOST_LINKS; links++) {
    path = join(realDirectory(dirname(path), dirname(given)), basename(path));
    if (!lstat(path)?.isSymbolicLink() || isInProc(path)) return path;
    path = resolve(dirname(path), readlinkSync(path));
  }
  return fail("invalid-argument", `open ${given}: too many levels of symbolic links`);
}

function realDirectory(directory: string, given: string): string {
  try {
    const found = realpathSync(directory);
    if (!statSync(found).isDirectory()) failNotDirectory(given);
    return found;
  } catch (error) {
    return failOnFile("invalid output path: stat", given, error);
  }
}

function failNotDirectory(given: string): never {
  return fail("invalid-argument", `invalid output path: stat ${given}: not a directory`);
}

function lstat(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function isInProc(path: string): boolean {
  return path.startsWith("/proc/");
}
