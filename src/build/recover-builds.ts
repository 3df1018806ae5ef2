import { type BuildDirectories, BuildDirectory } from "./build-directory.ts";
import { type Containers, networksOf } from "./ops/run/container-pool.ts";
import { containersOf } from "./ops/run/run-in-container.ts";

/**
 * Clears up after builds whose process was killed: ends their containers, lets go of their
 * networks, unmounts and removes their directories. Costs one directory read when there is none.
 * Their half-made blobs and snapshots are the stores' own to repair.
 */
export async function recoverBuilds(
  directories: BuildDirectories,
  containers: () => Promise<Containers>,
): Promise<void> {
  for (const directory of BuildDirectory.abandoned(directories)) {
    await endContainers(directory, containers);
    directory[Symbol.dispose]();
  }
}

/** Containers come after the network they are in. */
async function endContainers(
  directory: BuildDirectory,
  containers: () => Promise<Containers>,
): Promise<void> {
  const owners = networksOf(directory);
  if (owners.length === 0) return;
  const { endContainer } = await import("./end-container.ts");
  const { runtime, network } = await containers();
  for (const id of containersOf(directory)) await endContainer(runtime, id);
  for (const owner of owners) await network.detach(owner);
}
