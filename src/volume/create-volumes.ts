import type { State } from "#state";
import { LocalVolumes } from "./local-volumes.ts";
import type { Volumes } from "./volume-service.ts";

export interface VolumesOptions {
  readonly root: string;
  readonly state: State;
}

/** The volumes of the store at `root`. */
export function createVolumes({ root, state }: VolumesOptions): Volumes {
  return new LocalVolumes(root, state);
}
