import { type Digest, isDigest, isIndexType, isManifestType, mediaTypes } from "#oci";
import type { ManifestLinks } from "../records.ts";
import { refuse } from "./registry-error.ts";

/** What a manifest that somebody pushes says. */
export interface ParsedManifest extends ManifestLinks {
  readonly mediaType: string;
  /** Layers with `urls`: they need not be in the repository. */
  readonly foreign: readonly Digest[];
}

type Json = Readonly<Record<string, unknown>>;

const SCHEMA_1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+/;
const MEDIA_TYPE = /^[a-zA-Z0-9][\w!#$&^.+-]{0,126}\/[a-zA-Z0-9][\w!#$&^.+-]{0,126}$/;

/**
 * Reads a manifest or index of OCI or Docker (OCI image spec, manifest.md and image-index.md);
 * fields that we do not know are let through. Fails with MANIFEST_INVALID.
 */
export function parseManifest(bytes: Uint8Array, contentType: string | null): ParsedManifest {
  const json = parseJson(bytes);
  const mediaType = mediaTypeOf(json, contentType);
  if (json.schemaVersion !== 2) invalid("schemaVersion is not 2");
  const isIndex = isIndexType(mediaType);
  if (!isIndex && !isManifestType(mediaType))
    invalid(`media type ${JSON.stringify(mediaType)} is none of a manifest or index`);
  const parts = isIndex ? partsOfIndex(json) : partsOfManifest(json);
  return { mediaType, ...parts, ...describing(json, isIndex) };
}

function parseJson(bytes: Uint8Array): Json {
  try {
    const json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return isObject(json) ? json : invalid("it is no object");
  } catch {
    return invalid("it is no JSON");
  }
}

/** The header and the field must say the same; older OCI manifests have no field. */
function mediaTypeOf(json: Json, contentType: string | null): string {
  const header = contentType?.split(";")[0]?.trim() || undefined;
  const field = json.mediaType;
  if (field !== undefined && typeof field !== "string") invalid("mediaType is no text");
  const mediaType = header ?? field ?? guessed(json);
  if (SCHEMA_1.test(mediaType)) invalid("manifests of schema 1 are not supported");
  if (field !== undefined && field !== "" && field !== mediaType)
    invalid(
      `its mediaType is ${JSON.stringify(field)}, the Content-Type ${JSON.stringify(header)}`,
    );
  return mediaType;
}

function guessed(json: Json): string {
  return "manifests" in json ? mediaTypes.ociIndex : mediaTypes.ociManifest;
}

function partsOfIndex(json: Json) {
  const manifests = descriptors(json.manifests ?? [], "manifests").map(({ digest }) => digest);
  if ("layers" in json || "config" in json) invalid("an index with layers or config");
  return { blobs: [], foreign: [], manifests };
}

function partsOfManifest(json: Json) {
  if ("manifests" in json || "fsLayers" in json) invalid("a manifest with manifests or fsLayers");
  const config = descriptor(json.config, "config");
  const layers = descriptors(json.layers ?? [], "layers");
  const own = layers.filter(({ isForeign }) => !isForeign);
  const foreign = layers.filter(({ isForeign }) => isForeign);
  return {
    blobs: [config, ...own].map(({ digest }) => digest),
    foreign: foreign.map(({ digest }) => digest),
    manifests: [],
  };
}

/** What the referrers API tells of it: an image's artifact type is its config's media type. */
function describing(json: Json, isIndex: boolean) {
  const subject = json.subject == null ? undefined : descriptor(json.subject, "subject").digest;
  const config = isIndex ? undefined : (json.config as Json).mediaType;
  const artifactType = textOf(json.artifactType, "artifactType") || textOf(config, "mediaType");
  const annotations = annotationsOf(json.annotations);
  return {
    ...(subject && { subject }),
    ...(artifactType && { artifactType }),
    ...(annotations && { annotations }),
  };
}

function descriptors(value: unknown, where: string) {
  if (value === null) return [];
  if (!Array.isArray(value)) return invalid(`${where} is no list`);
  return value.map((item) => descriptor(item, where));
}

function descriptor(value: unknown, where: string): { digest: Digest; isForeign: boolean } {
  if (!isObject(value)) return invalid(`${where} has no descriptor`);
  const { digest, size, mediaType, urls } = value;
  if (!isDigest(digest)) return invalid(`${where} has an invalid digest`);
  if (!Number.isSafeInteger(size) || (size as number) < 0) invalid(`${where} has an invalid size`);
  if (typeof mediaType !== "string" || !MEDIA_TYPE.test(mediaType))
    invalid(`${where} has an invalid mediaType`);
  checkData(value, where);
  return { digest, isForeign: Array.isArray(urls) && urls.length > 0 };
}

/** Content within the descriptor is what the digest says (OCI image spec, descriptor.md). */
function checkData({ data, digest, size }: Json, where: string): void {
  if (data === undefined) return;
  if (typeof data !== "string") invalid(`${where} has invalid data`);
  const bytes = Buffer.from(data as string, "base64");
  const algorithm = String(digest).split(":")[0] as Bun.SupportedCryptoAlgorithms;
  const actual = `${algorithm}:${new Bun.CryptoHasher(algorithm).update(bytes).digest("hex")}`;
  if (bytes.length !== size || actual !== digest) invalid(`${where} has data of another digest`);
}

function annotationsOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value == null) return undefined;
  if (!isObject(value) || Object.values(value).some((text) => typeof text !== "string"))
    return invalid("annotations are not all text");
  return value as Readonly<Record<string, string>>;
}

function textOf(value: unknown, where: string): string | undefined {
  return value === undefined || typeof value === "string" ? value : invalid(`${where} is no text`);
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(reason: string): never {
  refuse("MANIFEST_INVALID", `manifest invalid: ${reason}`);
}
