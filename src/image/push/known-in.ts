import { type Digest, parseReference } from "#oci";
import type { State } from "#state";
import type { Place } from "./blob-places.ts";

/** The repositories that an image of the store came from, or went to, in the form it has here. */
export function knownIn(state: State, image: Digest, manifest: Digest): Place[] {
  const suffix = `@${manifest}`;
  const names = state.names.of(image).filter((name) => name.endsWith(suffix));
  return names.map((name) => parseReference(name));
}
