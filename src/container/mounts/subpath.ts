import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fail, kindOf } from "#errors";
import { ConfinedDirectory, closeFd, MountFlag, mount, openBeneath } from "#kernel";

/**
 * Binds what is at `subpath` below a directory to `place`, which is made, so that it is this very
 * file or directory that a container gets, whatever somebody who writes there puts in its way
 * meanwhile. Fails with `invalid-argument` for what leads out (as in CVE-2021-25741) and with `not-found`, both in Docker's words.
 */
export function bindSubpath(directory: string, subpath: string, place: string): string {
  const fd = openSubpath(directory, subpath);
  try {
    return bindAlone(`/proc/self/fd/${fd}`, place);
  } finally {
    closeFd(fd);
  }
}

/** Binds a file or directory to `place`, which is made, without what is mounted below it. */
export function bindAlone(path: string, place: string): string {
  const isDirectory = statSync(path).isDirectory();
  mkdirSync(isDirectory ? place : dirname(place), { recursive: true, mode: 0o700 });
  if (!isDirectory) writeFileSync(place, "");
  mount(path, place, undefined, MountFlag.bind);
  return place;
}

function openSubpath(directory: string, subpath: string): number {
  using base = new ConfinedDirectory(directory);
  try {
    return openBeneath(base.root.fd, subpath);
  } catch (error) {
    if (kindOf(error) === "permission-denied")
      fail(
        "invalid-argument",
        `path concatenation escapes the base directory, base: ${directory}, subpath: ${subpath}`,
      );
    if (kindOf(error) !== "not-found") throw error;
    return fail(
      "not-found",
      `cannot access path ${join(directory, subpath)}: no such file or directory`,
    );
  }
}
