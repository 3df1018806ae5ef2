import { lstatSync, readdirSync, type Stats } from "node:fs";
import { join } from "node:path";
import { activeSnapshot } from "./bundle.ts";
import type { ContainerStore } from "./container-store.ts";
import { overlayOf } from "./inspect/graph-driver.ts";
import { MOUNT_TABLE } from "./mount-table.ts";
import type { Container } from "./record.ts";

/** Bytes of files, as Docker counts them: their length, hard links once, directories not. */
export interface ContainerSize {
  /** What it has written. */
  readonly own: number;
  /** That and the image's. */
  readonly root: number;
}

/** How large a container is; costs walking through what it has written. */
export async function sizeOf(
  store: ContainerStore,
  { id, image }: Pick<Container, "id" | "image">,
): Promise<ContainerSize> {
  const base = (image && store.state.images.get(image)?.size) || 0;
  const snapshot = activeSnapshot(await store.snapshotter(), id);
  const overlay = snapshot && overlayOf(snapshot);
  const own = overlay ? sizeBelow(overlay.upper, new Set(), join(overlay.upper, MOUNT_TABLE)) : 0;
  return { own, root: base + own };
}

/** @param omitted a path that does not count: it is made for every start */
function sizeBelow(directory: string, seen: Set<string>, omitted: string): number {
  return namesIn(directory).reduce((sum, name) => {
    const path = join(directory, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined || path === omitted) return sum;
    const size = stats.isDirectory() ? sizeBelow(path, seen, omitted) : sizeOnce(stats, seen);
    return sum + size;
  }, 0);
}

function sizeOnce({ dev, ino, nlink, size }: Stats, seen: Set<string>): number {
  const key = `${dev}:${ino}`;
  if (nlink > 1 && seen.has(key)) return 0;
  seen.add(key);
  return size;
}

/** A directory may go while the container works. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
