import { type Kind, kindOf } from "#errors";
import type { Digest } from "#oci";
import { repositoryScope } from "../auth/scope.ts";
import { ownSite, type RepositoryContext, type Site, writing } from "../client/sites.ts";
import type { PushBlobOptions } from "../repository.ts";
import { cancelUpload, pushScopes, sessionOf, type UploadSession } from "./upload-session.ts";
import { writeFault } from "./write-fault.ts";

export interface Mounted {
  /** The repository it was mounted from; undefined when none has it. */
  readonly from?: string;
  /** The upload that the registry began in place of a mount. */
  readonly begun?: UploadSession;
}

/**
 * How registries and token services turn down a mount. Who may not read the other repository may
 * still push to this one.
 */
const REFUSALS: readonly Kind[] = [
  "invalid-argument",
  "not-found",
  "permission-denied",
  "unauthenticated",
  "unsupported",
];

/** Mounts a blob from the first repository that has it. */
export async function mountBlob(
  context: RepositoryContext,
  digest: Digest,
  { mountFrom = [], signal }: PushBlobOptions,
): Promise<Mounted> {
  const site = await ownSite(context);
  let begun: UploadSession | undefined;
  for (const from of mountFrom) {
    if (from === site.repository) continue;
    if (begun !== undefined) await cancelUpload({ context, site, signal }, begun);
    try {
      begun = await mountFromOne(context, digest, from, signal);
    } catch (error) {
      if (!REFUSALS.includes(kindOf(error))) throw error;
      begun = undefined;
      continue;
    }
    if (begun === undefined) return { from };
  }
  return begun === undefined ? {} : { begun };
}

/**
 * Distribution spec, "Mounting a blob from another repository". A registry that cannot begins an
 * upload; undefined when the blob was mounted.
 */
function mountFromOne(
  context: RepositoryContext,
  digest: Digest,
  from: string,
  signal?: AbortSignal,
): Promise<UploadSession | undefined> {
  const attempt = { what: `mounting ${digest} from ${from}`, signal };
  const query = `mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
  return writing(context, attempt, async (site) => {
    const response = await site.client.request({
      method: "POST",
      target: `${site.repository}/blobs/uploads/?${query}`,
      scopes: mountScopes(site, from),
      signal,
    });
    if (response.status !== 201 && response.status !== 202)
      throw await writeFault(context, response);
    await response.discard();
    return response.status === 201 ? undefined : sessionOf(response);
  });
}

function mountScopes(site: Site, from: string): readonly string[] {
  return [...pushScopes(site), repositoryScope(from, "pull")];
}
