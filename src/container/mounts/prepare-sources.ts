import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { kindOf } from "#errors";
import { ConfinedDirectory } from "#kernel";
import { noteVolume } from "#volume";
import type { MountPoint } from "../record.ts";
import { mountImage } from "./image-mount.ts";
import type { Mounting } from "./prepare-mounts.ts";
import { bindSubpath } from "./subpath.ts";

/**
 * The directory of a volume, or what of it the mount asks for. At the container's first start one
 * that is empty gets what the image has in its place.
 */
export async function prepareVolume(mounting: Mounting, point: MountPoint): Promise<string> {
  const { name, subpath } = point;
  if (name === undefined) return unnamedDirectory(point);
  const { store, container, place } = mounting;
  const directory = await store.volumes.open(name, container.id);
  const origin = originOf(mounting, point);
  const source = subpath ? bindSubpath(directory, subpath, place) : directory;
  if (origin !== undefined) await store.volumes.fill(name, origin, subpath ? source : undefined);
  noteMount(mounting, name, point);
  return source;
}

/** The root file system of an image, or what of it the mount asks for. */
export async function prepareImage(
  { store, place }: Mounting,
  { image, subpath }: MountPoint,
): Promise<string> {
  const root = join(place, "root");
  await mountImage(store, image?.layers ?? [], root);
  return subpath ? bindSubpath(root, subpath, join(place, "part")) : root;
}

/** Older records have volumes in the container's own directory, filled at the first start. */
function unnamedDirectory({ source }: MountPoint): string {
  mkdirSync(source, { recursive: true, mode: 0o755 });
  return source;
}

/** What an empty volume is filled with; undefined when it is not, or the image has nothing there. */
function originOf(
  { rootfs, container }: Mounting,
  { target, noCopy }: MountPoint,
): string | undefined {
  if (noCopy || container.record.started !== undefined) return undefined;
  using root = new ConfinedDirectory(rootfs);
  try {
    return join(rootfs, root.directory(target).path);
  } catch (error) {
    if (kindOf(error) === "failed-precondition") return undefined;
    throw error;
  }
}

function noteMount({ store, container }: Mounting, name: string, point: MountPoint): void {
  const { target, readOnly, propagation } = point;
  noteVolume(store.state, name, "mount", {
    container: container.id,
    destination: target,
    driver: "local",
    propagation,
    "read/write": String(!readOnly),
  });
}
