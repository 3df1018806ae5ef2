import { type BuildDirectories, BuildDirectory } from "./build-directory.ts";
import { type Containers, releaseNetworks } from "./ops/run/container-pool.ts";
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

async function endContainers(
  directory: BuildDirectory,
  containers: () => Promise<Containers>,
): Promise<void> {
  const started = containersOf(directory);
  if (started.length === 0) return;
  const { runtime, network } = await containers();
  const { deleteContainer, stateOf } = await import("#runtime");
  for (const id of started)
    if (stateOf(runtime, id) !== undefined) await deleteContainer(runtime, id, { force: true });
  releaseNetworks(directory, network);
}
