import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fail } from "#errors";
import type { BindMount, ContainerMount, TmpfsMount } from "#runtime";
import { type ContainerStore, placesOf } from "../container-store.ts";
import type { HostConfig } from "../host-config.ts";
import type { Container, MountPoint } from "../record.ts";
import { cleanPath } from "./mount-config.ts";
import { checkPropagation } from "./propagation.ts";
import { readOnlyOf } from "./read-only.ts";
import { parseTmpfs } from "./tmpfs.ts";

const DIRECTORY_MODE = 0o755;

/** A container whose mounts are made ready. */
export interface Mounting {
  readonly store: ContainerStore;
  readonly container: Container;
  /** Where its root file system is mounted. */
  readonly rootfs: string;
  /** A name for what has to be mounted for it outside first; it goes with its bundle. */
  readonly place: string;
}

/**
 * What is mounted into a container from outside, ready to be: host directories made, volumes
 * filled, images mounted. Its root file system is mounted at `rootfs`.
 */
export async function prepareMounts(
  store: ContainerStore,
  container: Container,
  rootfs: string,
): Promise<ContainerMount[]> {
  const { hostConfig, mounts } = container.record;
  const { bundle } = placesOf(store, container.id);
  const prepared: ContainerMount[] = tmpfsMounts(hostConfig);
  const covered = new Set(prepared.map(({ target }) => target));
  for (const [index, point] of mounts.entries()) {
    if (covered.has(point.target)) continue;
    const place = join(bundle, "mounts", String(index));
    prepared.push(await prepareMount({ store, container, rootfs, place }, point));
  }
  return prepared;
}

async function prepareMount(mounting: Mounting, point: MountPoint): Promise<ContainerMount> {
  const { target, options = [] } = point;
  if (point.type === "tmpfs") return { kind: "tmpfs", target, options };
  return bindOf(point, await sourceOf(mounting, point));
}

async function sourceOf(mounting: Mounting, point: MountPoint): Promise<string> {
  if (point.type === "bind") {
    const path = hostPath(point);
    if (!point.nonRecursive) return path;
    // Not left to the runtime: crun 1.8 takes what is mounted below with it all the same.
    return (await import("./subpath.ts")).bindAlone(path, mounting.place);
  }
  const { prepareVolume, prepareImage } = await import("./prepare-sources.ts");
  return point.type === "volume" ? prepareVolume(mounting, point) : prepareImage(mounting, point);
}

function bindOf(point: MountPoint, source: string): BindMount {
  const { target, propagation } = point;
  return {
    kind: "bind",
    source,
    target,
    ...readOnlyOf(point, source),
    ...(propagation && { propagation }),
  };
}

/** The host's file or directory; a directory is made where nothing is, unless it must exist. */
function hostPath(point: MountPoint): string {
  const { source, mustExist } = point;
  if (!existsSync(source)) {
    if (mustExist)
      fail(
        "invalid-argument",
        `invalid mount config for type "bind": bind source path does not exist: ${source}`,
      );
    mkdirSync(source, { recursive: true, mode: DIRECTORY_MODE });
  }
  checkPropagation(point);
  return source;
}

function tmpfsMounts({ Tmpfs }: HostConfig): TmpfsMount[] {
  return Object.entries(Tmpfs ?? {}).map(([target, options]) => ({
    kind: "tmpfs",
    target: cleanPath(target),
    options: parseTmpfs(target, options),
  }));
}
