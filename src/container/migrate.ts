import { ensureUnpacked } from "#image";
import { chainsOf, type DiffId } from "#oci";
import type { Lease, SnapshotRow } from "#state";
import { adoptSnapshot } from "./bundle.ts";
import type { Migration } from "./container-service.ts";
import type { ContainerStore } from "./container-store.ts";
import { lockContainer } from "./lock.ts";
import { parseContainer } from "./record.ts";
import { isUp } from "./status.ts";

/**
 * Makes all that other storage drivers have made anew with the one in use: what containers have
 * written, and the layers that were unpacked. Containers that are up keep theirs.
 */
export async function migrateStore(store: ContainerStore): Promise<Migration> {
  const snapshotter = await store.snapshotter();
  const { driver } = snapshotter;
  const foreign = store.state.snapshots.list().filter((row) => row.driver !== driver);
  const taken = await takeOver(store, foreign);
  return { driver, layers: await snapshotter.removeForeign(), ...taken };
}

async function takeOver(store: ContainerStore, foreign: readonly SnapshotRow[]) {
  using lease = store.state.leases.open("migrate");
  const running: string[] = [];
  let containers = 0;
  for (const { kind, key } of foreign) {
    if (kind !== "active" || !store.state.containers.get(key)) continue;
    const name = await takeContainer(store, key, lease);
    if (name === undefined) containers++;
    else running.push(name);
  }
  await unpackAgain(store, foreign, lease);
  return { containers, running };
}

/** Gives its name if it is up. */
async function takeContainer(
  store: ContainerStore,
  id: string,
  lease: Lease,
): Promise<string | undefined> {
  await using _ = await lockContainer(store, id);
  const row = store.state.containers.get(id);
  if (!row) return undefined;
  const { name, status, record } = parseContainer(row);
  if (isUp(status)) return name;
  await ensureUnpacked(store, record.layers, lease);
  await adoptSnapshot(store, { id, record });
  return undefined;
}

/** Of each image the layers that had been unpacked. */
async function unpackAgain(
  store: ContainerStore,
  foreign: readonly SnapshotRow[],
  lease: Lease,
): Promise<void> {
  const chains = new Set(foreign.map(({ key }) => key));
  for (const layers of await stacks(store)) {
    const deepest = chainsOf(layers).findLastIndex((chain) => chains.has(chain));
    await ensureUnpacked(store, layers.slice(0, deepest + 1), lease);
  }
}

/** The layers of each image, lowest first. */
async function stacks({ images, state }: ContainerStore): Promise<(readonly DiffId[])[]> {
  const resolved = state.images.list().map(({ id }) => images.resolve(id));
  return (await Promise.all(resolved)).map(({ config }) => config.rootfs.diff_ids);
}
