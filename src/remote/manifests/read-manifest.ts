import { collect } from "#bytes";
import { fail, kindOf } from "#errors";
import { algorithmOf, type Descriptor, type Digest, isDigest } from "#oci";
import { repositoryScope } from "../auth/scope.ts";
import { type RepositoryContext, reading, type Site } from "../client/sites.ts";
import type { RemoteManifest, RequestOptions } from "../repository.ts";
import type { HttpResponse } from "../transport/transport.ts";
import { ACCEPTED, headerType, manifestType } from "./manifest-types.ts";
import { readFault } from "./read-fault.ts";

/** Distribution spec, "Pushing Manifests": registries take at least this much; nobody makes more. */
export const MOST_MANIFEST_BYTES = 4 << 20;

/** What a tag or digest stands for: by HEAD, by GET where that does not tell. */
export function resolveManifest(
  context: RepositoryContext,
  reference: string,
  { signal }: RequestOptions = {},
): Promise<Descriptor> {
  const attempt = {
    what: `resolving ${nameOf(context, reference)}`,
    byDigest: isDigest(reference),
    signal,
  };
  return reading(context, attempt, async (site) => {
    const head = await ask(site, "HEAD", reference, signal);
    await head.discard();
    const descriptor = head.status === 200 ? described(context, reference, head) : undefined;
    return descriptor ?? (await read(context, site, reference, signal)).descriptor;
  });
}

/** The manifest or index that a tag or digest stands for, verified. */
export function readManifest(
  context: RepositoryContext,
  reference: string,
  { signal }: RequestOptions = {},
): Promise<RemoteManifest> {
  const attempt = {
    what: `pulling ${nameOf(context, reference)}`,
    byDigest: isDigest(reference),
    signal,
  };
  return reading(context, attempt, (site) => read(context, site, reference, signal));
}

function ask(site: Site, method: "GET" | "HEAD", reference: string, signal?: AbortSignal) {
  return site.client.request({
    method,
    target: `${site.repository}/manifests/${reference}`,
    scopes: [repositoryScope(site.repository, "pull")],
    headers: { Accept: ACCEPTED },
    signal,
  });
}

/** The descriptor in the headers of an answer; undefined when they do not say all of it. */
function described(
  context: RepositoryContext,
  reference: string,
  { headers }: HttpResponse,
): Descriptor | undefined {
  const name = nameOf(context, reference);
  const mediaType = headerType(headers.get("content-type"), name);
  const digest = headers.get("docker-content-digest");
  const size = Number(headers.get("content-length") || Number.NaN);
  if (mediaType === undefined || !isDigest(digest) || !(size > 0)) return undefined;
  if (isDigest(reference) && digest !== reference) return undefined;
  if (size > MOST_MANIFEST_BYTES) tooLarge(name);
  return { mediaType, digest, size };
}

async function read(
  context: RepositoryContext,
  site: Site,
  reference: string,
  signal?: AbortSignal,
): Promise<RemoteManifest> {
  const name = nameOf(context, reference);
  const response = await ask(site, "GET", reference, signal);
  if (response.status !== 200) throw await readFault(context, response, { reference });
  const header = headerType(response.headers.get("content-type"), name);
  const bytes = await wholeBody(response, name);
  const digest = verified(bytes, promisedDigest(reference, response), name);
  const mediaType = manifestType(header, bytes, name);
  return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
}

async function wholeBody(response: HttpResponse, name: string): Promise<Uint8Array> {
  try {
    return await collect(response.body, MOST_MANIFEST_BYTES);
  } catch (error) {
    if (kindOf(error) === "resource-exhausted") tooLarge(name);
    throw error;
  }
}

function promisedDigest(reference: string, { headers }: HttpResponse): Digest | undefined {
  if (isDigest(reference)) return reference;
  const digest = headers.get("docker-content-digest");
  return isDigest(digest) ? digest : undefined;
}

function verified(bytes: Uint8Array, promised: Digest | undefined, name: string): Digest {
  const digest = digestBy(promised === undefined ? "sha256" : algorithmOf(promised), bytes);
  if (promised !== undefined && digest !== promised)
    fail(
      "data-loss",
      `manifest verification failed for ${name}: it should be ${promised}, but ${digest} came`,
    );
  return digest;
}

export function digestBy(algorithm: string, bytes: Uint8Array): Digest {
  const hasher = new Bun.CryptoHasher(algorithm as Bun.SupportedCryptoAlgorithms);
  return `${algorithm}:${hasher.update(bytes).digest("hex")}` as Digest;
}

/** `alpine:3.20` or `alpine@sha256:…`. */
export function nameOf({ name }: RepositoryContext, reference: string): string {
  return isDigest(reference) ? `${name}@${reference}` : `${name}:${reference}`;
}

function tooLarge(name: string): never {
  fail("resource-exhausted", `the manifest of ${name} is larger than ${MOST_MANIFEST_BYTES} bytes`);
}
