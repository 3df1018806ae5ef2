import { fail } from "#errors";
import { formatReference, parseTaggedReference } from "#oci";
import { labelsOf, noteImage } from "./events.ts";
import type { ImageStore } from "./image-store.ts";
import { familiar, findImage } from "./resolve.ts";

/** The canonical name that a user's target spells; one with a digest cannot be made. */
export function parseTarget(target: string): string {
  const reference = parseTaggedReference(target);
  if (reference.digest)
    fail("invalid-argument", "refusing to create a tag with a digest reference");
  if (reference.repository === "library/sha256")
    fail("invalid-argument", "refusing to create an ambiguous tag using digest algorithm as name");
  return formatReference(reference);
}

/** Gives an image one more name. */
export async function tagImage(store: ImageStore, source: string, target: string): Promise<void> {
  const { state } = store;
  const name = parseTarget(target);
  const labels = await labelsOf(store, findImage(state, source).id);
  state.transaction(() => {
    const { id } = findImage(state, source);
    state.names.set(name, id);
    noteImage(state, { id, labels }, "tag", familiar(name));
  });
}
