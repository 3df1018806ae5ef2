import type { SnapshotRow, State } from "#state";
import type { Directories } from "./directories.ts";

/**
 * Takes out of rows and directories what is of no use to anybody, in one transaction; gives the
 * numbers of the directories to delete. A row comes before its directory and goes before it, so
 * that a directory without a row belongs to no living process. `release` is told which committed
 * snapshots somebody stands on or holds just now.
 */
export function repairSnapshots(
  state: State,
  directories: Directories,
  isThere: (row: SnapshotRow) => boolean,
  release: (used: ReadonlySet<number>) => void,
): number[] {
  return state.transaction(() => {
    const held = heldSnapshots(state);
    const isAlive = (key: string) => held.has(key) || state.containers.get(key) !== undefined;
    const rows = state.snapshots.list();
    const known = new Set(rows.map((row) => row.id));
    const useless = rows.filter((row) =>
      row.kind === "committed" ? !isThere(row) : !isAlive(row.key),
    );
    for (const { id } of useless) state.snapshots.delete(id);
    release(usedSnapshots(state, held));
    const unnamed = directories.numbers().filter((id) => !known.has(id));
    const removed = [...useless.map((row) => row.id), ...unnamed];
    for (const id of removed) directories.retire(id);
    return removed;
  });
}

function heldSnapshots(state: State): Set<string> {
  const holds = state.leases.held().filter(({ resource }) => resource === "snapshot");
  return new Set(holds.map(({ key }) => key));
}

/** The committed snapshots that are held or that an active one stands on. */
function usedSnapshots(state: State, held: ReadonlySet<string>): Set<number> {
  const rows = state.snapshots.list();
  const chains = rows.flatMap(({ kind, driver, key, parent }) => {
    if (kind === "active") return parent === undefined ? [] : [{ driver, chain: parent }];
    return held.has(key) ? [{ driver, chain: key as typeof parent & string }] : [];
  });
  const used = chains.flatMap(({ driver, chain }) => state.snapshots.ancestry(driver, chain));
  return new Set(used.map(({ id }) => id));
}
