import { join } from "node:path";

/** What the directory of a removed volume is called until it is deleted: no volume's name begins so. */
export const GRAVE = ".removed-";

/** The places of one volume. */
export interface VolumePlaces {
  /** All that is of it. */
  readonly home: string;
  /** Its content. */
  readonly data: string;
  /** A file for each container that is up and has it mounted, where that has to be counted. */
  readonly users: string;
  readonly lock: string;
}

export function volumesOf(root: string): string {
  return join(root, "volumes");
}

export function volumePlaces(root: string, name: string): VolumePlaces {
  const home = join(volumesOf(root), name);
  return {
    home,
    data: join(home, "_data"),
    users: join(home, "users"),
    lock: join(home, "lock"),
  };
}

export function graveOf(root: string): string {
  return join(volumesOf(root), GRAVE + crypto.randomUUID());
}
