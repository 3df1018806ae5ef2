import { fail, quote } from "#errors";
import { isIndexType, isManifestType, mediaTypes } from "#oci";

/** The kinds of manifests that are asked for, OCI's first. */
export const ACCEPTED = [
  mediaTypes.ociIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerIndex,
  mediaTypes.dockerManifest,
].join(", ");

const SCHEMA_1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+/;
/** What servers say that know nothing of manifests. */
const GENERIC = /^(application\/(json|octet-stream)|text\/plain|)$/;

/** The media type of a `Content-Type` header; undefined when it says nothing of manifests. */
export function headerType(contentType: string | null, name: string): string | undefined {
  const type = (contentType ?? "").split(";")[0]!.trim().toLowerCase();
  if (GENERIC.test(type)) return undefined;
  if (SCHEMA_1.test(type)) refuseSchema1(name);
  if (!isKnown(type))
    fail("unsupported", `${name}: no manifest of a known kind: media type ${quote(type)}`);
  return type;
}

/**
 * What a manifest is, by its header and by itself. Where the two differ, or where it could be read
 * as two things (CVE-2021-41190), it fails with `data-loss`.
 */
export function manifestType(header: string | undefined, bytes: Uint8Array, name: string): string {
  const body = objectIn(bytes, name);
  const { schemaVersion, mediaType: inside } = body;
  if (schemaVersion === 1) refuseSchema1(name);
  if (inside !== undefined && typeof inside !== "string")
    malformed(name, "its mediaType is no text");
  if (header !== undefined && inside !== undefined && inside !== header)
    malformed(name, `the server says it is ${quote(header)}, it says it is ${quote(inside)}`);
  const type = header ?? inside ?? guessed(body);
  if (type === undefined || !isKnown(type))
    fail("unsupported", `${name}: no manifest of a known kind`);
  const odd = isIndexType(type) ? ["layers", "config"] : ["manifests"];
  if (odd.some((key) => key in body)) malformed(name, "it is a manifest and an index at once");
  return type;
}

function guessed(body: Record<string, unknown>): string | undefined {
  if ("manifests" in body) return mediaTypes.ociIndex;
  return "config" in body ? mediaTypes.ociManifest : undefined;
}

function objectIn(bytes: Uint8Array, name: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof body === "object" && body !== null && !Array.isArray(body))
      return body as Record<string, unknown>;
  } catch {}
  return malformed(name, "it is no JSON object");
}

function isKnown(type: string): boolean {
  return isIndexType(type) || isManifestType(type);
}

function refuseSchema1(name: string): never {
  fail(
    "unsupported",
    `${name} is of Docker's manifest version 2, schema 1, which is no longer supported; ` +
      "push it again with a current tool, or ask its author to",
  );
}

function malformed(name: string, why: string): never {
  fail("data-loss", `the manifest of ${name} is malformed: ${why}`);
}
