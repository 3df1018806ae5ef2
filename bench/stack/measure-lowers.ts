import { lstatSync } from "node:fs";
import { join } from "node:path";
import { systemPath } from "#bytes";
import { measure, timeOf } from "../measure.ts";
import { type Lowers, mountLayers, mountOverlay, unmountLowers } from "./lowers.ts";

/** Seconds by what was timed, in the order of the table. */
export type Times = Readonly<Record<string, number>>;

const LOOKUPS = 5000;
/** One of so many names that are looked up is not there. */
const MISSING = 5;

/** One turn. What is asked first of new mounts finds nothing in the kernel's caches of names. */
export function measureLowers(lowers: Lowers, paths: readonly string[]): Times {
  const find = () => measure(`${findIn(lowers)} >/dev/null`).seconds;
  const read = () => measure(`${findIn(lowers)} -type f -exec cat {} + >/dev/null`).seconds;
  const mounting = {
    "mount of the layers": timeOf(() => mountLayers(lowers)),
    "overlay on top": timeOf(() => mountOverlay(lowers)),
    "unmount of all": timeOf(() => unmountLowers(lowers)),
  };
  const lookups = whileMounted(lowers, () => ({
    "5,000 look-ups, 1,000 of missing names": timeOf(() => lookUp(lowers, paths)),
    "the same again": timeOf(() => lookUp(lowers, paths)),
  }));
  const walks = whileMounted(lowers, () => ({
    "find / -xdev": find(),
    "find / -xdev again": find(),
  }));
  const reads = whileMounted(lowers, () => ({
    "find and read of every file": read(),
  }));
  return { ...mounting, ...lookups, ...walks, ...reads };
}

/** Paths in the container's tree, and among them some of names that are not there; equal for equal trees. */
export function samplePaths(lowers: Lowers): string[] {
  const all = whileMounted(lowers, () => measure(findIn(lowers)).output.trim().split("\n").sort());
  return Array.from({ length: LOOKUPS }, (_, index) => {
    const path = all[(index * 7919) % all.length]!;
    return index % MISSING === 0 ? `${path}.missing` : path;
  });
}

function whileMounted<T>(lowers: Lowers, work: () => T): T {
  mountLayers(lowers);
  mountOverlay(lowers);
  try {
    return work();
  } finally {
    unmountLowers(lowers);
  }
}

function lookUp({ merged }: Lowers, paths: readonly string[]): void {
  for (const path of paths) lstatSync(systemPath(join(merged, path)), { throwIfNoEntry: false });
}

function findIn({ merged }: Lowers): string {
  return `chroot '${merged}' find / -xdev`;
}
