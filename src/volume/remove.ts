import { existsSync, readdirSync, renameSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { kindOf } from "#errors";
import { removeTree } from "#layer";
import type { State } from "#state";
import { noteVolume } from "./events.ts";
import { unmountAll } from "./mounting.ts";
import { GRAVE, graveOf, type VolumePlaces, volumePlaces, volumesOf } from "./places.ts";

/**
 * Removes a volume; fails with `conflict` while a container uses it. Its directory gets out of
 * the way together with the record, so that a new one of the name never finds it; what a crash
 * leaves of it goes with the next removal.
 */
export function removeVolume(root: string, state: State, name: string): void {
  const { home } = volumePlaces(root, name);
  state.transaction(() => {
    state.volumes.delete(name);
    noteVolume(state, name, "destroy");
    unmountAll(home);
    if (existsSync(home)) renameSync(home, graveOf(root));
  });
  emptyGraves(root);
}

/** Deletes what is left of removed volumes. */
export function emptyGraves(root: string): void {
  for (const name of namesIn(root))
    if (name.startsWith(GRAVE)) removeShared(join(volumesOf(root), name));
}

/** Another process may be at the same one: what it has deleted before us is gone. */
function removeShared(path: string): void {
  try {
    removeTree(path);
  } catch (error) {
    if (kindOf(error) !== "not-found") throw error;
  }
}

/**
 * Deletes the directories of volumes whose records never came to be. One with something in it is
 * somebody's, and what a new volume of its name begins with.
 */
export function removeUnrecorded(root: string, state: State): void {
  state.transaction(() => {
    for (const name of namesIn(root))
      if (!state.volumes.get(name)) removeEmpty(volumePlaces(root, name));
  });
}

function removeEmpty({ home, data }: VolumePlaces): void {
  for (const directory of [data, home])
    try {
      rmdirSync(directory);
    } catch {}
}

function namesIn(root: string): string[] {
  const volumes = volumesOf(root);
  return existsSync(volumes) ? readdirSync(volumes) : [];
}
