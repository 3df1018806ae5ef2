import { fail } from "#errors";
import { formatReference, parseTaggedReference } from "#oci";
import type { ImageStore } from "./image-store.ts";
import { findImage } from "./resolve.ts";

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
export function tagImage({ state }: ImageStore, source: string, target: string): void {
  const name = parseTarget(target);
  state.transaction(() => state.names.set(name, findImage(state, source).id));
}
