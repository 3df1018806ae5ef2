import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { mountsUnder, unmount } from "#kernel";
import { deleteContainer, type MountTargets, type Runtime } from "#runtime";
import { type ContainerStore, exitsOf, placesOf } from "./container-store.ts";
import { detachNetworks } from "./networking/attach.ts";

export interface ReleaseOptions {
  /** Also kills its processes. */
  readonly force?: boolean;
  readonly targets?: MountTargets | undefined;
  /** The one it was started with, if that is not the one in use. */
  readonly runtime?: Runtime;
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
  const { runtimeDirectory } = store;
  const { runtime = store.runtime } = options;
  const force = options.force ?? false;
  // With force its processes have to be gone before what they work in goes.
  const deleting = force || existsSync(join(runtime.stateRoot, id));
  const deleted = deleting ? deleteContainer(runtime, id, { force }) : undefined;
  if (force) await deleted;
  detachNetworks(store, id);
  const { bundle, rootfs } = placesOf(store, id);
  options.targets?.cleanup();
  unmountBelow(rootfs);
  await deleted;
  rmSync(bundle, { recursive: true, force: true });
  rmSync(join(exitsOf(runtimeDirectory), id), { force: true });
}

/** Detached: a process of somebody else may look at it just now. */
function unmountBelow(directory: string): void {
  for (const { target } of mountsUnder(directory)) unmount(target, { detach: true });
}
