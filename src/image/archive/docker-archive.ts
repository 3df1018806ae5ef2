import { fail } from "#errors";
import { digestOf, formatReference, parseTaggedReference } from "#oci";
import { parseJson } from "../parse-image.ts";
import { type Candidate, configAt, jsonAt } from "./candidate.ts";
import type { ArchiveEntries } from "./entries.ts";

interface DockerManifest {
  readonly Config: string;
  readonly RepoTags?: readonly string[] | null;
  readonly Layers?: readonly string[] | null;
}

/**
 * The images that the manifest.json of `docker save` lists (moby image-spec v1.2): paths of a
 * config and of layers for each, in whatever folders the writer chose, and its names.
 */
export function dockerCandidates(entries: ArchiveEntries): Candidate[] {
  if (!entries.has("manifest.json")) return [];
  const list = parseJson(jsonAt(entries, "manifest.json"), "the archive's manifest.json");
  if (!Array.isArray(list) || !list.every(isManifest))
    fail("invalid-argument", "the archive's manifest.json is not what docker save writes");
  return list.map((manifest: DockerManifest) => candidateOf(entries, manifest));
}

function candidateOf(entries: ArchiveEntries, manifest: DockerManifest): Candidate {
  const config = configAt(entries, manifest.Config);
  return {
    ...config,
    configDigest: digestOf(config.configBytes),
    layers: (manifest.Layers ?? []).map((path) => ({ path })),
    names: (manifest.RepoTags ?? []).map((tag) => formatReference(parseTaggedReference(tag))),
  };
}

function isManifest(value: unknown): value is DockerManifest {
  if (typeof value !== "object" || value === null) return false;
  const { Config, RepoTags, Layers } = value as Record<string, unknown>;
  return typeof Config === "string" && isTexts(RepoTags ?? []) && isTexts(Layers ?? []);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}
