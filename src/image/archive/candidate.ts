import { fail } from "#errors";
import type { Digest, ImageConfig } from "#oci";
import { parseConfig } from "../parse-image.ts";
import { type ArchiveEntries, type ArchiveEntry, normalPath } from "./entries.ts";

/** A path in an archive; small layers are still to be stored. */
export interface LayerPlace {
  readonly path: string;
  /** The size that a descriptor says it has. */
  readonly size?: number;
}

/** An image that an archive says it has. */
export interface Candidate {
  readonly config: ImageConfig;
  readonly configBytes: Uint8Array;
  readonly configDigest: Digest;
  /** In an image layout; what `docker save` wrote before version 25 has none. */
  readonly manifestBytes?: Uint8Array;
  readonly layers: readonly LayerPlace[];
  /** Canonical names. */
  readonly names: readonly string[];
}

const MOST_LINKS = 16;

/** What a path stands for, its links followed inside the archive; fails with `invalid-argument`. */
export function entryAt(
  entries: ArchiveEntries,
  path: string,
): Exclude<ArchiveEntry, { kind: "link" }> {
  let at = normalPath(path);
  for (let links = 0; links <= MOST_LINKS; links++) {
    const entry = entries.get(at) ?? failMissing(path);
    if (entry.kind !== "link") return entry;
    at = normalPath(entry.target);
  }
  return fail("invalid-argument", `the archive's links at ${JSON.stringify(path)} lead in circles`);
}

/** The bytes of a JSON file of the archive. */
export function jsonAt(entries: ArchiveEntries, path: string): Uint8Array {
  const entry = entryAt(entries, path);
  if (entry.kind === "bytes") return entry.bytes;
  return fail("invalid-argument", `the archive's ${path} has ${entry.size} bytes: no JSON has`);
}

export function configAt(entries: ArchiveEntries, path: string) {
  const configBytes = jsonAt(entries, path);
  return { configBytes, config: parseConfig(configBytes, `the archive's config ${path}`) };
}

function failMissing(path: string): never {
  return fail("invalid-argument", `the archive has no ${JSON.stringify(path)}: it is not complete`);
}
