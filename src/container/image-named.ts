import { findImage } from "#image";
import type { Digest } from "#oci";
import type { State } from "#state";

/** The image that a name stands for now, if there is one. */
export function imageNamed(state: State, name: string): Digest | undefined {
  try {
    return findImage(state, name).id;
  } catch {
    return undefined;
  }
}
