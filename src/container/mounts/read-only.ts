import { statSync } from "node:fs";
import { release } from "node:os";
import { fail } from "#errors";
import type { MountPoint } from "../record.ts";

/** The kernel that can make a mount read-only with all below it (mount_setattr(2)). */
const SINCE = [5, 12] as const;

/** How much of a mount is read-only, as the runtime is told; `path` is what is mounted. */
export function readOnlyOf(point: MountPoint, path: string) {
  const { readOnly, readOnlyBelow, source } = point;
  if (!readOnly) return {};
  const isPossible = isSince(release());
  if (readOnlyBelow === true && !isPossible)
    fail(
      "failed-precondition",
      `${source} cannot be mounted read-only with what is mounted below it: ` +
        `that takes Linux ${SINCE.join(".")}: leave out bind-recursive=readonly`,
    );
  // Nothing is below a file, and runtimes open what they make read-only so as a directory.
  const isDeep = isPossible && readOnlyBelow !== false && statSync(path).isDirectory();
  return { readOnly, ...(isDeep && { readOnlyBelow: true }) };
}

function isSince(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > SINCE[0] || (major === SINCE[0] && minor >= SINCE[1]);
}
