import { posix } from "node:path";
import { fail, kindOf } from "#errors";
import { type ConfinedDirectory, statAt, statfs } from "#kernel";
import { resolveBelow } from "./rooted-path.ts";
import type { SpecMount } from "./runtime-spec.ts";

/** Runtimes open these by name before the container has its own root. */
const SYSTEM_DIRECTORIES = ["dev", "proc", "sys"];
/** What may be put in place below /proc, for lxcfs and its like: the list is runc's. */
const PROC_FILES: ReadonlySet<string> = new Set([
  "/proc/cpuinfo",
  "/proc/diskstats",
  "/proc/loadavg",
  "/proc/meminfo",
  "/proc/net/dev",
  "/proc/slabinfo",
  "/proc/stat",
  "/proc/swaps",
  "/proc/uptime",
]);
const PROC_MAGIC = 0x9fa0;

/**
 * Refuses a root whose /dev, /proc or /sys is a symlink: crun 1.8 follows it out of the root and
 * makes its device nodes there. Fails with `invalid-argument`.
 */
export function checkSystemDirectories({ root }: ConfinedDirectory): void {
  for (const name of SYSTEM_DIRECTORIES) {
    const type = statAt(root.fd, name)?.type ?? "directory";
    if (type !== "directory")
      fail("invalid-argument", `the image has a ${type} at /${name}: it must be a directory`);
  }
}

/**
 * Refuses, with `invalid-argument`, a mount over the whole root and one that would pass for a
 * part of procfs (CVE-2019-16884), wherever the root's symlinks lead it.
 */
export function checkMountPlace(root: ConfinedDirectory, mount: SpecMount): void {
  const { destination } = mount;
  const path = placeOf(root, destination);
  if (path === "/")
    fail("invalid-argument", `${destination} is the root of the container: mount somewhere in it`);
  if (mount.type !== "bind" || !/^\/proc(\/|$)/.test(path)) return;
  const isProc = path === "/proc" && statfs(mount.source).magic === PROC_MAGIC;
  if (!isProc && !PROC_FILES.has(path))
    fail("invalid-argument", `${destination} cannot be mounted on: it is inside /proc`);
}

/** As it stands where its directory comes with another mount. */
function placeOf(root: ConfinedDirectory, destination: string): string {
  try {
    const place = resolveBelow(root, destination);
    return place === undefined ? "/" : posix.join("/", place.parent.path, place.name);
  } catch (error) {
    if (kindOf(error) !== "failed-precondition") throw error;
    return posix.normalize(destination);
  }
}
