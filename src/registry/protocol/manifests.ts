import { algorithmOf, type Digest } from "#oci";
import type { ManifestLinks, StoredManifest } from "../records.ts";
import type { Exchange } from "./exchange.ts";
import { digestFrom } from "./parse-digest.ts";
import { type ParsedManifest, parseManifest } from "./parse-manifest.ts";
import { refuse } from "./registry-error.ts";

const MOST_BYTES = 4 << 20;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
/** The most tags of one push by digest; the spec asks for ten at the least. */
const MOST_TAGS = 100;

/** GET, HEAD, PUT and DELETE of `/v2/NAME/manifests/REFERENCE`. */
export async function serveManifest(
  exchange: Exchange,
  repository: string,
  text: string,
): Promise<Response> {
  const { method } = exchange.request;
  if (method === "PUT") {
    await exchange.authorize({ repository, action: "push" });
    return put(exchange, repository, text);
  }
  if (method === "DELETE") {
    await exchange.authorize({ repository, action: "delete" });
    return remove(exchange, repository, text);
  }
  await exchange.authorize({ repository, action: "pull" });
  return read(exchange, repository, referenceFrom(text));
}

async function read(
  { request, options }: Exchange,
  repository: string,
  reference: string,
): Promise<Response> {
  const relyOn = request.method === "HEAD";
  const manifest = await options.records.manifest(repository, reference, { relyOn });
  if (!manifest) return unknown(repository, reference);
  const { digest, mediaType, bytes } = manifest;
  const headers = {
    "Content-Type": mediaType,
    "Content-Length": `${bytes.length}`,
    "Docker-Content-Digest": digest,
    ETag: `"${digest}"`,
  };
  if (isKnown(request.headers.get("if-none-match"), digest))
    return new Response(null, { status: 304, headers: { ETag: headers.ETag } });
  return new Response(relyOn ? null : bytes, { headers });
}

function isKnown(ifNoneMatch: string | null, digest: Digest): boolean {
  if (ifNoneMatch === null) return false;
  const tags = ifNoneMatch.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.some((tag) => tag === `"${digest}"` || tag === digest);
}

async function put(exchange: Exchange, repository: string, text: string): Promise<Response> {
  const reference = referenceFrom(text);
  const { body, options, query, request } = exchange;
  const tags = tagsOf(reference, query);
  const bytes = await body.collect(options.limits?.manifest ?? MOST_BYTES, "the manifest");
  if (!body.isWhole) refuse("SIZE_INVALID", "the body ended before its announced length");
  const digest = verifiedDigest(reference, bytes);
  const parsed = parseManifest(bytes, request.headers.get("content-type"));
  const links = linksOf(parsed, options.allowMissingBlobs);
  const manifest: StoredManifest = { digest, mediaType: parsed.mediaType, bytes };
  const { missing } = await options.records.putManifest(repository, manifest, links, tags);
  if (missing.length > 0)
    refuse("MANIFEST_BLOB_UNKNOWN", `blob unknown to registry: ${missing[0]}`, {
      detail: missing.slice(0, 100).map((blob) => ({ digest: blob })),
    });
  return stored(repository, digest, links.subject, reference.includes(":") ? tags : []);
}

function verifiedDigest(reference: string, bytes: Uint8Array): Digest {
  const algorithm = reference.includes(":") ? algorithmOf(reference as Digest) : "sha256";
  const hasher = new Bun.CryptoHasher(algorithm as "sha256" | "sha512");
  const digest = `${algorithm}:${hasher.update(bytes).digest("hex")}` as Digest;
  if (reference.includes(":") && digest !== reference)
    refuse("DIGEST_INVALID", "provided digest did not match uploaded content", {
      detail: { digest: reference, actual: digest },
    });
  return digest;
}

/** What may be missing is named like the manifests of an index: kept where it is here. */
function linksOf(
  { foreign, blobs, manifests, ...rest }: ParsedManifest,
  allowMissingBlobs = false,
): ManifestLinks {
  if (allowMissingBlobs)
    return { ...rest, blobs: [], manifests: [...manifests, ...blobs, ...foreign] };
  return { ...rest, blobs, manifests: [...manifests, ...foreign] };
}

function tagsOf(reference: string, query: URLSearchParams): readonly string[] {
  if (!reference.includes(":")) return [reference];
  const tags = [...new Set(query.getAll("tag"))];
  if (tags.length > MOST_TAGS)
    refuse("TAG_INVALID", `more than ${MOST_TAGS} tags at once`, { status: 414 });
  for (const tag of tags) if (!TAG.test(tag)) refuse("TAG_INVALID", "invalid tag");
  return tags;
}

function stored(
  repository: string,
  digest: Digest,
  subject: Digest | undefined,
  tags: readonly string[],
): Response {
  const headers = new Headers({
    Location: `/v2/${repository}/manifests/${digest}`,
    "Docker-Content-Digest": digest,
    ...(subject && { "OCI-Subject": subject }),
    ...(tags.length > 0 && { "OCI-Tag": tags.join(", ") }),
  });
  return new Response(null, { status: 201, headers });
}

async function remove({ options }: Exchange, repository: string, text: string): Promise<Response> {
  if (options.allowDelete === false) refuse("UNSUPPORTED", "this registry deletes nothing");
  const reference = referenceFrom(text);
  const { records } = options;
  const isGone = reference.includes(":")
    ? await records.deleteManifest(repository, reference as Digest)
    : await records.deleteTag(repository, reference);
  return isGone ? new Response(null, { status: 202 }) : unknown(repository, reference);
}

/** A digest or a tag. */
function referenceFrom(text: string): string {
  if (text.includes(":")) return digestFrom(text);
  return TAG.test(text) ? text : refuse("TAG_INVALID", "the reference is neither tag nor digest");
}

function unknown(repository: string, reference: string): never {
  refuse("MANIFEST_UNKNOWN", "manifest unknown", {
    detail: { name: repository, reference },
  });
}
