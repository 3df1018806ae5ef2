import { type Digest, formatReference, isDigest, parseReference } from "#oci";
import type { State } from "#state";
import { findImage } from "../resolve.ts";

/** Images to save, in the order asked for, each with the canonical names it is saved under. */
export type Selection = ReadonlyMap<Digest, ReadonlySet<string>>;

/**
 * What `docker save` takes of each argument: a repository with all its tags, one tag, or by its
 * ID an image without a name. Fails with `not-found`.
 */
export function selectImages(state: State, wanted: readonly string[]): Selection {
  const selection = new Map<Digest, Set<string>>();
  for (const text of wanted)
    for (const { id, name } of imagesOf(state, text)) {
      const names = selection.get(id) ?? new Set();
      selection.set(id, name === undefined ? names : names.add(name));
    }
  return selection;
}

function imagesOf(state: State, text: string): { id: Digest; name?: string }[] {
  const tagged = repositoryTags(state, text);
  if (tagged.length > 0) return tagged;
  const { id } = findImage(state, text);
  const name = tagOf(text);
  return [name !== undefined && state.names.get(name) === id ? { id, name } : { id }];
}

function repositoryTags(state: State, text: string): { id: Digest; name: string }[] {
  const reference = referenceIn(text);
  if (!reference || reference.tag || reference.digest) return [];
  const prefix = `${formatReference(reference)}:`;
  const rows = state.names.list().filter(({ name }) => name.startsWith(prefix));
  return rows
    .filter(({ name }) => !name.includes("@"))
    .map(({ image, name }) => ({ id: image, name }));
}

function tagOf(text: string): string | undefined {
  const reference = referenceIn(text);
  return reference?.tag && !reference.digest ? formatReference(reference) : undefined;
}

function referenceIn(text: string) {
  return isDigest(`sha256:${text}`) || isDigest(text) ? undefined : parseReference(text);
}
