import type { Digest } from "#oci";
import { repositoryScope } from "../auth/scope.ts";
import { ownSite, type RepositoryContext, writing } from "../client/sites.ts";
import { readFault } from "../manifests/read-fault.ts";
import type { BlobSource, PushBlobOptions, PushedBlob, RequestOptions } from "../repository.ts";
import { mountBlob } from "./mount-blob.ts";
import { announcedSize, headBlob } from "./stat-blob.ts";
import { uploadBlob } from "./upload-blob.ts";
import { pushScopes } from "./upload-session.ts";

/** Looks whether the registry has the blob, mounts it, else sends it. */
export async function pushBlob(
  context: RepositoryContext,
  source: BlobSource,
  options: PushBlobOptions = {},
): Promise<PushedBlob> {
  const { digest } = source;
  if (digest === undefined)
    return { ...(await uploadBlob(context, source, options)), how: "pushed" };
  const known = await existingSize(context, digest, options);
  if (known !== undefined) return { digest, size: source.size ?? known, how: "exists" };
  const mounted = await mountBlob(context, digest, options);
  if (mounted.from === undefined)
    return { ...(await uploadBlob(context, source, options, mounted.begun)), how: "pushed" };
  const size = source.size ?? (await existingSize(context, digest, options)) ?? 0;
  return { digest, size, how: "mounted", from: mounted.from };
}

/** A registry that lets somebody look at nothing may still take what they push. */
function existingSize(
  context: RepositoryContext,
  digest: Digest,
  { signal }: RequestOptions,
): Promise<number | undefined> {
  const attempt = { what: `pushing ${context.name}`, signal };
  return writing(context, attempt, async (site) => {
    const response = await headBlob({ context, site, signal }, digest, pushScopes(site));
    return response.status === 200 ? announcedSize(response) : undefined;
  });
}

/** The size of a blob; undefined when the repository has none such. */
export async function statBlob(
  context: RepositoryContext,
  digest: Digest,
  { signal }: RequestOptions = {},
): Promise<number | undefined> {
  const attempt = { what: `checking for ${context.name}@${digest}`, signal };
  const scopes = [repositoryScope((await ownSite(context)).repository, "pull")];
  return await writing(context, attempt, async (site) => {
    const response = await headBlob({ context, site, signal }, digest, scopes);
    if (response.status === 200) return announcedSize(response);
    if (response.status === 404) return undefined;
    throw await readFault(context, response, { what: `${context.name}@${digest}` });
  });
}
