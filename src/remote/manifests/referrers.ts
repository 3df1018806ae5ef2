import { kindOf } from "#errors";
import { algorithmOf, type Descriptor, type Digest, hexOf, isDigest } from "#oci";
import { repositoryScope } from "../auth/scope.ts";
import type { RepositoryContext } from "../client/sites.ts";
import type { RequestOptions } from "../repository.ts";
import { pages } from "./pages.ts";
import { readFault } from "./read-fault.ts";
import { readManifest } from "./read-manifest.ts";

export interface ReferrersOptions extends RequestOptions {
  readonly artifactType?: string;
}

/** What refers to a manifest (distribution spec, "Listing Referrers"). */
export async function listReferrers(
  context: RepositoryContext,
  digest: Digest,
  options: ReferrersOptions = {},
): Promise<readonly Descriptor[]> {
  const { artifactType } = options;
  const all = (await byApi(context, digest, options)) ?? (await byTag(context, digest, options));
  return all.filter((found) => artifactType === undefined || found.artifactType === artifactType);
}

/** Undefined when the registry has no such API. */
async function byApi(
  context: RepositoryContext,
  digest: Digest,
  { artifactType, signal }: ReferrersOptions,
): Promise<Descriptor[] | undefined> {
  const query =
    artifactType === undefined ? "" : `?artifactType=${encodeURIComponent(artifactType)}`;
  const found: Descriptor[] = [];
  try {
    const all = pages(context, {
      what: `listing what refers to ${digest}`,
      signal,
      request: ({ repository }) => ({
        target: `${repository}/referrers/${digest}${query}`,
        scopes: [repositoryScope(repository, "pull")],
      }),
      fault: (response) => readFault(context, response, {}),
    });
    for await (const { body } of all) found.push(...descriptorsIn(body));
    return found;
  } catch (error) {
    const isAbsent = ["not-found", "unsupported", "invalid-argument"].includes(kindOf(error));
    if (isAbsent) return undefined;
    throw error;
  }
}

/** Distribution spec, "Referrers Tag Schema". */
async function byTag(
  context: RepositoryContext,
  digest: Digest,
  options: RequestOptions,
): Promise<Descriptor[]> {
  const tag = `${algorithmOf(digest).slice(0, 32)}-${hexOf(digest).slice(0, 64)}`;
  try {
    const { bytes } = await readManifest(context, tag, options);
    return descriptorsIn(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    if (kindOf(error) === "not-found") return [];
    throw error;
  }
}

function descriptorsIn(body: Readonly<Record<string, unknown>>): Descriptor[] {
  const { manifests } = body;
  return Array.isArray(manifests) ? manifests.filter(isDescriptor) : [];
}

function isDescriptor(value: unknown): value is Descriptor {
  const { mediaType, digest, size } = Object(value) as Record<string, unknown>;
  return typeof mediaType === "string" && isDigest(digest) && Number.isSafeInteger(size);
}
