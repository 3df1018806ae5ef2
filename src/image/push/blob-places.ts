import type { Digest } from "#oci";
import type { FactTable } from "#state";

/** A repository of a registry. */
export interface Place {
  readonly registry: string;
  readonly repository: string;
}

const NAMESPACE = "blob-places";

/** So many repositories are remembered for a blob, the last ones that it was met in. */
const MOST_PLACES = 8;

/** Remembers that a repository has these blobs: from there they can be mounted elsewhere. */
export function rememberPlace(facts: FactTable, place: Place, digests: Iterable<Digest>): void {
  const known = formatPlace(place);
  const entries = Array.from(new Set(digests), (digest) => {
    const others = placesOf(facts, digest).filter((other) => other !== known);
    return [digest, JSON.stringify([known, ...others].slice(0, MOST_PLACES))] as const;
  });
  facts.putAll(NAMESPACE, entries);
}

/** The other repositories of the same registry that had the blob, the last one first. */
export function mountableFrom(facts: FactTable, target: Place, digest: Digest): string[] {
  const prefix = `${target.registry}/`;
  return placesOf(facts, digest)
    .filter((place) => place.startsWith(prefix))
    .map((place) => place.slice(prefix.length))
    .filter((repository) => repository !== target.repository);
}

function placesOf(facts: FactTable, digest: Digest): string[] {
  const text = facts.get(NAMESPACE, digest);
  return text === undefined ? [] : (JSON.parse(text) as string[]);
}

function formatPlace({ registry, repository }: Place): string {
  return `${registry}/${repository}`;
}
