import { kindOf } from "#errors";
import { booleanFilter, checkFilterKeys, type Filters, labelFilter } from "#filters";
import { eachUsage } from "#kernel";
import type { State } from "#state";
import { noteVolume } from "./events.ts";
import { volumePlaces } from "./places.ts";
import { emptyGraves, removeUnrecorded, removeVolume } from "./remove.ts";

const FILTERS = ["all", "label", "label!"];

/** Removes the volumes that no container has, and gives the bytes that came free. */
export async function pruneVolumes(
  root: string,
  state: State,
  filters: Filters,
): Promise<{ removed: string[]; bytes: number }> {
  checkFilterKeys(filters, FILTERS);
  const all = booleanFilter(filters, "all") ?? false;
  const hasLabels = labelFilter(filters);
  const chosen = state.volumes
    .list()
    .filter((row) => (all || row.anonymous) && hasLabels(row.labels));
  const pruned = { removed: [] as string[], bytes: 0 };
  for (const { name } of chosen) {
    if (state.volumes.users(name).length > 0) continue;
    const bytes = await sizeOf(volumePlaces(root, name).home);
    if (!tryRemove(root, state, name)) continue;
    pruned.removed.push(name);
    pruned.bytes += bytes;
  }
  emptyGraves(root);
  removeUnrecorded(root, state);
  noteVolume(state, "", "prune", { reclaimed: String(pruned.bytes) });
  return pruned;
}

/** False for one that a container has got meanwhile. */
function tryRemove(root: string, state: State, name: string): boolean {
  try {
    removeVolume(root, state, name);
    return true;
  } catch (error) {
    if (kindOf(error) === "conflict") return false;
    throw error;
  }
}

async function sizeOf(directory: string): Promise<number> {
  let total = 0;
  await eachUsage(directory, (bytes) => {
    total += bytes;
  });
  return total;
}
