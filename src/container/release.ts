import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { killCgroup, mountsUnder, removeCgroup, unmount } from "#kernel";
import {
  deleteContainer,
  endSupervisor,
  findSupervisor,
  type MountTargets,
  type Runtime,
} from "#runtime";
import { stopCompanions } from "./companions.ts";
import { type ContainerStore, placesOf } from "./container-store.ts";
import { releaseMounts } from "./mounts/release-mounts.ts";
import { detachNetworks } from "./networking/attach.ts";
import type { ContainerRecord } from "./record.ts";
import { defaultCgroupPath } from "./settings/cgroup-path.ts";

export interface ReleaseOptions {
  /** Also kills its processes. */
  readonly force?: boolean;
  readonly targets?: MountTargets | undefined;
  /** The one it was started with, if that is not the one in use. */
  readonly runtime?: Runtime;
  /** Its supervisor, or who waits to start it again, if that is to go as well. */
  readonly monitor?: ContainerRecord["monitor"];
}

/**
 * Gives back everything a container has only while it is up: what the OCI runtime keeps, its
 * processes with `force`, mounts, network, bundle. Whatever of it is not there is no failure.
 */
export async function releaseContainer(
  store: ContainerStore,
  id: string,
  options: ReleaseOptions = {},
): Promise<void> {
  const { runtime = store.runtime, force = false } = options;
  const { bundle } = placesOf(store, id);
  // A start that was broken off has not recorded who may still be making the container.
  const monitor = options.monitor ?? (force ? await findSupervisor(bundle, id) : undefined);
  // The runtime may not know them any more.
  if (force) killCgroup(defaultCgroupPath(id));
  // With force its processes have to be gone before what they work in goes.
  const deleting = force || existsSync(join(runtime.stateRoot, id));
  const deleted = deleting ? deleteContainer(runtime, id, { force }) : undefined;
  if (force) await deleted;
  if (monitor) endSupervisor(monitor);
  stopCompanions(placesOf(store, id));
  await detachNetworks(store, id);
  await releaseMounts(store, id);
  options.targets?.cleanup();
  unmountBelow(bundle);
  await deleted;
  // The runtime forgets what it had made when it was killed meanwhile.
  removeCgroup(defaultCgroupPath(id));
  rmSync(bundle, { recursive: true, force: true });
}

/** Detached: a process of somebody else may look at it just now. */
function unmountBelow(directory: string): void {
  for (const { target } of mountsUnder(directory)) unmount(target, { detach: true });
}
