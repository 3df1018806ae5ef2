import type { Filters } from "#filters";
import { parseTimestamp } from "#filters";
import { familiarName, parseReference } from "#oci";
import type { ImageRow, State } from "#state";
import { familiar, findImage } from "./resolve.ts";

/** Whether an image was made in the time that `before`, `since` and `until` leave open. */
export function timeFilter(
  state: State,
  filters: Filters,
  now: number,
): (image: Pick<ImageRow, "created">) => boolean {
  const createdOf = (name: string) => findImage(state, name).created;
  const before = Math.min(...(filters.before ?? []).map(createdOf));
  const since = Math.max(...(filters.since ?? []).map(createdOf));
  const until = Math.min(...(filters.until ?? []).map((text) => parseTimestamp(text, now)));
  return ({ created }) => created < before && created > since && created <= until;
}

/** Whether a canonical name satisfies one of the `reference` patterns, by Docker's rules. */
export function referenceFilter(filters: Filters): ((name: string) => boolean) | undefined {
  const patterns = filters.reference;
  if (patterns === undefined || patterns.length === 0) return undefined;
  return (name) => patterns.some((pattern) => matchesReference(pattern, name));
}

function matchesReference(pattern: string, name: string): boolean {
  // Loaded when first asked for: a plain listing has no use for it.
  const { matchGlob } = require("#dockerfile") as typeof import("#dockerfile");
  const repository = familiarName(parseReference(name));
  return matchGlob(pattern, familiar(name)) || matchGlob(pattern, repository);
}
