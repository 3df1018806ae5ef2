import { fail } from "#errors";
import {
  type Digest,
  familiarReference,
  formatReference,
  hexOf,
  isDigest,
  parseReference,
  parseTaggedReference,
  type Reference,
} from "#oci";
import type { ImageRow, State } from "#state";

/**
 * The image that people mean by `name`: a reference goes before an ID prefix, as in Docker.
 * Fails with `not-found`, or with `invalid-argument` for what can be neither.
 */
export function findImage(state: State, name: string): ImageRow {
  const reference = referenceIn(name);
  const named = reference && byReference(state, reference);
  return named ?? byId(state, name) ?? failUnknown(state, name, reference);
}

/** Whether Docker takes `name` for (a prefix of) this image's ID and not for a name. */
export function isIdPrefix(id: Digest, name: string): boolean {
  return name !== "" && (id.startsWith(name) || hexOf(id).startsWith(name));
}

/** The names of an image in the store, canonical and sorted, by their kind. */
export function namesOf(state: State, id: Digest): { tags: string[]; digests: string[] } {
  return sortNames(state.names.of(id));
}

/** Canonical names sorted and split into those with a tag and those with a digest. */
export function sortNames(names: readonly string[]): { tags: string[]; digests: string[] } {
  const sorted = [...names].sort();
  return {
    tags: sorted.filter((name) => !name.includes("@")),
    digests: sorted.filter((name) => name.includes("@")),
  };
}

/** The short text of a canonical name. */
export function familiar(name: string): string {
  return familiarReference(parseReference(name));
}

function referenceIn(name: string): Reference | undefined {
  return isDigest(`sha256:${name}`) || isDigest(name) ? undefined : parseTaggedReference(name);
}

function byReference(state: State, reference: Reference): ImageRow | undefined {
  const { tag: _, ...untagged } = reference;
  const key = formatReference(reference.digest ? untagged : reference);
  const id = state.names.get(key);
  return id === undefined ? byRepositoryDigest(state, reference) : state.images.get(id);
}

// An image built or loaded here has no name with a digest, but its repository and manifest do.
function byRepositoryDigest(state: State, { digest, ...rest }: Reference): ImageRow | undefined {
  if (digest === undefined) return undefined;
  const repository = `${rest.registry}/${rest.repository}:`;
  return state.images
    .list()
    .filter((image) => image.manifest === digest || image.id === digest)
    .find((image) => state.names.of(image.id).some((name) => name.startsWith(repository)));
}

function byId(state: State, name: string): ImageRow | undefined {
  const prefix = name.replace(/^sha256:/, "");
  if (!/^[0-9a-f]{1,64}$/.test(prefix)) return undefined;
  const found = state.images.startingWith(prefix);
  if (found.length > 1) failAmbiguous(name, found);
  return found[0];
}

function failAmbiguous(name: string, found: readonly ImageRow[]): never {
  const ids = found.map(({ id }) => hexOf(id).slice(0, 12)).join(", ");
  return fail("not-found", `No such image: ${name} (several IDs start so: ${ids})`);
}

function failUnknown(state: State, name: string, reference: Reference | undefined): never {
  const asked = reference ? familiarReference(reference) : `sha256:${name.replace(/^sha256:/, "")}`;
  const known = state.names.list().map((row) => familiar(row.name));
  const { didYouMean } = require("#dockerfile") as typeof import("#dockerfile");
  const hint = reference ? didYouMean(asked, known) : "";
  return fail("not-found", `No such image: ${asked}${hint}`);
}
