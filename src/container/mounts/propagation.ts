import { realpathSync } from "node:fs";
import { fail } from "#errors";
import { type MountEntry, readMounts } from "#kernel";
import type { MountPoint } from "../record.ts";

/**
 * Fails with `failed-precondition`, in Docker's words, where mounts cannot spread as a bind mount
 * asks for, because those of the host do not (mount_namespaces(7)).
 */
export function checkPropagation({ source, propagation }: MountPoint): void {
  const isShared = propagation.endsWith("shared");
  if (!isShared && !propagation.endsWith("slave")) return;
  const { target, tags } = mountOf(realpathSync(source));
  const spreads = isShared ? ["shared:"] : ["shared:", "master:"];
  if (tags.some((tag) => spreads.some((word) => tag.startsWith(word)))) return;
  const wanted = isShared ? "a shared mount" : "a shared or slave mount";
  fail("failed-precondition", `path ${source} is mounted on ${target} but it is not ${wanted}`);
}

/** What a path is in: of the mounts on the way to it the last, and of those in one place the top one. */
function mountOf(path: string): MountEntry {
  const above = readMounts().filter(({ target }) => isWithin(path, target));
  return above.reduce((best, one) => (one.target.length >= best.target.length ? one : best));
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === "/" ? "/" : `${directory}/`);
}
