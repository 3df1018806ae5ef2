import { fail } from "#errors";
import type { Platform } from "#oci";
import type { Candidate } from "./candidate.ts";
import { dockerCandidates } from "./docker-archive.ts";
import type { ArchiveEntries } from "./entries.ts";
import { ociCandidates } from "./oci-layout.ts";

/**
 * The images of an archive. Where it has both an index.json and a manifest.json the former says
 * which images there are, and the latter only what those without a name are called.
 */
export function findCandidates(
  entries: ArchiveEntries,
  platform: Platform | undefined,
): Candidate[] {
  const fromLayout = ociCandidates(entries, platform);
  const candidates =
    fromLayout.length > 0 ? withNames(entries, fromLayout) : dockerCandidates(entries);
  return candidates.length > 0 ? candidates : failEmpty(entries);
}

function withNames(entries: ArchiveEntries, candidates: readonly Candidate[]): Candidate[] {
  const isNamed = candidates.every(({ names }) => names.length > 0);
  const named = isNamed ? [] : dockerCandidates(entries);
  return candidates.map((candidate) => {
    const same = named.find(({ configDigest }) => configDigest === candidate.configDigest);
    return candidate.names.length > 0 || !same ? candidate : { ...candidate, names: same.names };
  });
}

function failEmpty(entries: ArchiveEntries): never {
  const isImageArchive = entries.has("manifest.json") || entries.has("index.json");
  return fail(
    "invalid-argument",
    isImageArchive
      ? "the archive lists no image"
      : "this is no image archive: it has neither manifest.json nor index.json; use import for the tar of a root file system",
  );
}
