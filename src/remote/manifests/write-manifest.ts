import { fail } from "#errors";
import { algorithmOf, type Digest, isDigest } from "#oci";
import { repositoryScope } from "../auth/scope.ts";
import { type RepositoryContext, writing } from "../client/sites.ts";
import { writeFault } from "../push/write-fault.ts";
import type { RequestOptions } from "../repository.ts";
import { digestBy, nameOf } from "./read-manifest.ts";

/** Puts a manifest under a tag or its digest; gives the digest, checked against the registry's. */
export async function writeManifest(
  context: RepositoryContext,
  reference: string,
  { mediaType, bytes }: { readonly mediaType: string; readonly bytes: Uint8Array },
  { signal }: RequestOptions = {},
): Promise<Digest> {
  const name = nameOf(context, reference);
  const digest = digestBy(isDigest(reference) ? algorithmOf(reference) : "sha256", bytes);
  if (isDigest(reference) && digest !== reference)
    fail("invalid-argument", `cannot push ${name}: the manifest's digest is ${digest}`);
  return await writing(context, { what: `pushing ${name}`, signal }, async (site) => {
    const response = await site.client.request({
      method: "PUT",
      target: `${site.repository}/manifests/${reference}`,
      scopes: [repositoryScope(site.repository, "pull", "push")],
      headers: { "Content-Type": mediaType },
      body: bytes,
      signal,
    });
    if (response.status !== 201 && response.status !== 200)
      throw await writeFault(context, response, name);
    await response.discard();
    return confirmed(digest, response.headers.get("docker-content-digest"), name);
  });
}

function confirmed(digest: Digest, stored: string | null, name: string): Digest {
  if (stored === null || stored === digest || !isDigest(stored)) return digest;
  if (algorithmOf(stored) !== algorithmOf(digest)) return digest;
  return fail("data-loss", `${name}: ${digest} was pushed, but the registry stored ${stored}`);
}

/** Deletes a manifest, or a tag where the registry can. */
export function deleteManifest(
  context: RepositoryContext,
  reference: string,
  { signal }: RequestOptions = {},
): Promise<void> {
  const name = nameOf(context, reference);
  return writing(context, { what: `deleting ${name}`, signal }, async (site) => {
    const response = await site.client.request({
      method: "DELETE",
      target: `${site.repository}/manifests/${reference}`,
      scopes: [repositoryScope(site.repository, "delete", "pull")],
      signal,
    });
    if (response.status !== 202 && response.status !== 200 && response.status !== 204)
      throw await writeFault(context, response, name);
    await response.discard();
  });
}
