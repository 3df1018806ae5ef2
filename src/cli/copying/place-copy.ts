import { fail } from "#errors";
import { asksDirectory, splitPath } from "./copy-argument.ts";

/** What is copied. */
export interface CopySource {
  /** What it is called where it is; `.` for the content of a directory. */
  readonly name: string;
  readonly isDirectory: boolean;
}

/** Where the user wants it; symlinks at its end are followed. */
export interface CopyTarget {
  readonly path: string;
  readonly exists: boolean;
  readonly isDirectory: boolean;
}

/**
 * The directory that a copy goes into, and what it is called there, by the rules of `docker cp`.
 * Fails with `invalid-argument`, in Docker's words, where the two do not go together.
 */
export function placeCopy(
  source: CopySource,
  target: CopyTarget,
): { directory: string; name: string } {
  if (target.exists && target.isDirectory) return { directory: target.path, name: source.name };
  if (target.exists && source.isDirectory) fail("invalid-argument", "cannot copy directory");
  if (!source.isDirectory && asksDirectory(target.path))
    fail("invalid-argument", "no such directory");
  return splitPath(target.path.replace(/(?:\/\.?)+$/, ""));
}
