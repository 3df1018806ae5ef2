import { fail } from "#errors";
import {
  algorithmOf,
  type Descriptor,
  type Digest,
  formatPlatform,
  formatReference,
  hexOf,
  hostPlatform,
  type Index,
  isIndexType,
  isManifestType,
  mediaTypes,
  type Platform,
  parseTaggedReference,
  platformMatches,
} from "#oci";
import { parseIndex, parseManifest } from "../parse-image.ts";
import { annotations } from "./annotations.ts";
import { type Candidate, configAt, jsonAt } from "./candidate.ts";
import type { ArchiveEntries } from "./entries.ts";

const MOST_NESTED = 4;
const CONFIG_TYPES: readonly string[] = [mediaTypes.ociConfig, mediaTypes.dockerConfig];

/**
 * The images of an OCI image layout (OCI image spec, image-layout.md): every image that its
 * index.json lists, and one of each index in it, for the platform asked for or the machine's.
 * What is no image, such as an attestation, is passed over.
 */
export function ociCandidates(
  entries: ArchiveEntries,
  platform: Platform | undefined,
): Candidate[] {
  if (!entries.has("index.json")) return [];
  const index = parseIndex(jsonAt(entries, "index.json"), "the archive's index.json");
  const images = index.manifests.filter(isImage).filter((one) => isWanted(one, platform));
  return mergeNames(images.flatMap((one) => candidateOf(entries, one, platform) ?? []));
}

function candidateOf(
  entries: ArchiveEntries,
  listed: Descriptor,
  platform: Platform | undefined,
): Candidate | undefined {
  const descriptor = chooseManifest(entries, listed, platform ?? hostPlatform(), 0);
  const manifestBytes = blobAt(entries, descriptor);
  const manifest = parseManifest(manifestBytes, `the archive's manifest ${descriptor.digest}`);
  if (!CONFIG_TYPES.includes(manifest.config.mediaType)) return undefined;
  checkSize(manifest.config, blobAt(entries, manifest.config).length);
  const layers = manifest.layers.map(({ digest, size }) => ({ path: blobPath(digest), size }));
  return {
    ...configAt(entries, blobPath(manifest.config.digest)),
    configDigest: manifest.config.digest,
    manifestBytes,
    layers,
    names: nameIn(listed),
  };
}

/** Goes down nested indexes to the manifest for a platform. */
function chooseManifest(
  entries: ArchiveEntries,
  descriptor: Descriptor,
  platform: Platform,
  depth: number,
): Descriptor {
  if (!isIndexType(descriptor.mediaType)) return descriptor;
  if (depth >= MOST_NESTED) fail("invalid-argument", "the archive's indexes are nested too deeply");
  const what = `the archive's index ${descriptor.digest}`;
  const nested = choose(parseIndex(blobAt(entries, descriptor), what), platform);
  return chooseManifest(entries, nested, platform, depth + 1);
}

function choose(index: Index, platform: Platform): Descriptor {
  const images = index.manifests.filter(isImage);
  const match = images.find((one) => one.platform && platformMatches(one.platform, platform));
  const only = images.length === 1 && !images[0]!.platform ? images[0] : undefined;
  return match ?? only ?? failPlatform(images, platform);
}

function failPlatform(images: readonly Descriptor[], platform: Platform): never {
  const offered = images.map((one) => (one.platform ? formatPlatform(one.platform) : "unknown"));
  return fail(
    "not-found",
    `the archive has no image for ${formatPlatform(platform)}; choose with --platform of what it has: ${offered.join(", ") || "nothing"}`,
  );
}

function isImage({ mediaType, annotations: given }: Descriptor): boolean {
  const isAbout = given?.[annotations.referenceType] !== undefined;
  return (isManifestType(mediaType) || isIndexType(mediaType)) && !isAbout;
}

function isWanted(descriptor: Descriptor, platform: Platform | undefined): boolean {
  if (!platform || !descriptor.platform) return true;
  return platformMatches(descriptor.platform, platform);
}

/** One image may be listed once for each of its names. */
function mergeNames(candidates: readonly Candidate[]): Candidate[] {
  const merged = new Map<Digest, Candidate>();
  for (const candidate of candidates) {
    const known = merged.get(candidate.configDigest) ?? candidate;
    const names = [...new Set([...known.names, ...candidate.names])];
    merged.set(candidate.configDigest, { ...known, names });
  }
  return [...merged.values()];
}

/** A plain tag in `ref.name` does not say of which repository, so it names nothing. */
function nameIn(descriptor: Descriptor): string[] {
  const given: Readonly<Record<string, string | undefined>> = descriptor.annotations ?? {};
  const refName = given[annotations.refName] ?? "";
  const name = given[annotations.imageName] ?? (/[:/]/.test(refName) ? refName : "");
  if (name === "") return [];
  const { digest: _, ...reference } = parseTaggedReference(name);
  return reference.tag ? [formatReference(reference)] : [];
}

function blobAt(entries: ArchiveEntries, descriptor: Descriptor): Uint8Array {
  const bytes = jsonAt(entries, blobPath(descriptor.digest));
  checkSize(descriptor, bytes.length);
  checkDigest(descriptor, bytes);
  return bytes;
}

/** Checked here, too, since an entry may be a link to another one whose name is another digest. */
function checkDigest({ digest }: Descriptor, bytes: Uint8Array): void {
  const algorithm = algorithmOf(digest) as "sha256" | "sha384" | "sha512";
  const actual = new Bun.CryptoHasher(algorithm).update(bytes).digest("hex");
  if (actual !== hexOf(digest))
    fail("data-loss", `the archive's blob ${digest} is damaged: its digest is ${actual}`);
}

function checkSize({ digest, size }: Descriptor, actual: number): void {
  if (size !== actual)
    fail("data-loss", `the archive's blob ${digest} has ${actual} bytes, not ${size}`);
}

function blobPath(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${hexOf(digest)}`;
}
