import { bootId } from "#kernel";
import type { State } from "#state";
import type { Directories } from "./directories.ts";

/**
 * Lends `work` an empty directory among the snapshots. It is recorded and held like one of them,
 * so that `repair` removes what a process that died has left.
 */
export async function inScratch<T>(
  state: State,
  directories: Directories,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const key = `scratch-${crypto.randomUUID()}`;
  using lease = state.leases.open(key);
  lease.hold("snapshot", key);
  const row = {
    key,
    parent: undefined,
    driver: "scratch",
    kind: "active",
    boot: bootId(),
  } as const;
  const { id } = state.snapshots.create(row);
  try {
    directories.create(id);
    return await work(directories.tree(id));
  } finally {
    state.snapshots.delete(id);
    directories.retire(id);
    await directories.empty([id]);
  }
}
