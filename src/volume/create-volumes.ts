import { fail } from "#errors";
import type { State } from "#state";
import type { Volumes } from "./volume-service.ts";

export interface VolumesOptions {
  readonly root: string;
  readonly state: State;
}

/** The volumes of the store at `root`. */
export function createVolumes(_options: VolumesOptions): Volumes {
  const missing = () => fail("unsupported", "volumes are not there yet");
  return {
    create: missing,
    list: missing,
    inspect: missing,
    remove: missing,
    prune: missing,
    directoryOf: missing,
  };
}
