import type { RegistryEntry } from "./registries-file.ts";

/** A host, and a repository's name on it. */
export interface Place {
  readonly location: string;
  readonly repository: string;
}

interface Name {
  readonly registry: string;
  readonly repository: string;
}

/** The entry with the longest prefix of a name; `*.example.com` is one of all hosts below. */
export function entryFor(entries: readonly RegistryEntry[], name: Name): RegistryEntry | undefined {
  let best: RegistryEntry | undefined;
  for (const entry of entries)
    if (matches(entry.prefix, name) && entry.prefix.length > (best?.prefix.length ?? 0))
      best = entry;
  return best;
}

function matches(prefix: string, { registry, repository }: Name): boolean {
  if (prefix.startsWith("*.")) return registry.endsWith(prefix.slice(1));
  const full = `${registry}/${repository}`;
  return full === prefix || full.startsWith(`${prefix}/`);
}

/** Where a name leads: what matched the prefix is replaced by the location. */
export function placeIn(
  location: string | undefined,
  prefix: string | undefined,
  name: Name,
): Place {
  const { registry, repository } = name;
  if (location === undefined || prefix === undefined) return { location: registry, repository };
  const matched = prefix.startsWith("*.") ? registry : prefix;
  const full = `${registry}/${repository}`;
  const path = `${location}${full.slice(matched.length)}`;
  const slash = path.indexOf("/");
  return { location: path.slice(0, slash), repository: path.slice(slash + 1) };
}
