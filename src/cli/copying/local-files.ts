import { lstatSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Bytes } from "#bytes";
import { fail } from "#errors";
import { AT_FDCWD, closeFd, OpenFlag, openAt } from "#kernel";
import { packEntry } from "#layer";
import { failOnFile } from "../system-error.ts";
import { absolutePath, asksDirectory, splitPath } from "./copy-argument.ts";
import type { CopySource, CopyTarget } from "./place-copy.ts";

/** As many links at the end of a path as Docker follows. */
const MOST_LINKS = 10;

/** A file or directory here that can be packed under any name. */
export interface LocalSource extends CopySource {
  pack(as: string, signal: AbortSignal): Bytes;
}

/** What is at a path here. Symlinks on the way are followed; one at its end only if asked to. */
export function openLocalSource(directory: string, given: string, follow: boolean): LocalSource {
  const path = absolutePath(directory, given);
  const { name } = splitPath(path);
  try {
    const isWhole = follow || asksDirectory(path);
    const real = isWhole ? realpathSync(path) : realParent(path);
    const isDirectory = lstatSync(real).isDirectory();
    if (asksDirectory(path) && !isDirectory) fail("invalid-argument", `${given}: not a directory`);
    const pack = (as: string, signal: AbortSignal) => packPath(real, isDirectory, as, signal);
    return { name, isDirectory, pack };
  } catch (error) {
    return failOnFile("lstat", path, error);
  }
}

function realParent(path: string): string {
  const { directory, name } = splitPath(path);
  return `${realpathSync(directory).replace(/\/$/, "")}/${name}`;
}

async function* packPath(
  path: string,
  isDirectory: boolean,
  as: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const place = isDirectory ? { directory: path, name: "." } : splitPath(path);
  const fd = openAt(AT_FDCWD, `${place.directory}/.`, OpenFlag.directory);
  try {
    yield* packEntry(fd, place.name, { as, signal });
  } finally {
    closeFd(fd);
  }
}

/** Where a copy to a path here goes. Fails in Docker's words where nothing can be written. */
export function findLocalTarget(directory: string, given: string): CopyTarget {
  const path = followLinks(absolutePath(directory, given), given);
  const parent = splitPath(path.replace(/(?<=.)\/+$/, "")).directory;
  if (!stat(parent)?.isDirectory())
    fail("not-found", `invalid output path: directory "${parent}" does not exist`);
  const there = stat(path);
  if (there?.isCharacterDevice() || there?.isBlockDevice()) {
    const what = `invalid output path: "${path}" must be a directory or a regular file`;
    fail("invalid-argument", `${what}: got a device`);
  }
  return { path, exists: there !== undefined, isDirectory: there?.isDirectory() ?? false };
}

function followLinks(start: string, given: string): string {
  let path = start;
  for (let links = 0; links <= MOST_LINKS; links++) {
    if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return path;
    path = resolve(dirname(path), readlinkSync(path));
  }
  return fail("invalid-argument", `${given}: too many symbolic links`);
}

/** A file whose path asks for a directory is not there. */
function stat(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    return failOnFile("stat", path, error);
  }
}
