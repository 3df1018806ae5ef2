import { readBlob } from "../blobs/read-blob.ts";
import { listTags } from "../manifests/lists.ts";
import { readManifest, resolveManifest } from "../manifests/read-manifest.ts";
import { listReferrers } from "../manifests/referrers.ts";
import { deleteManifest, writeManifest } from "../manifests/write-manifest.ts";
import { pushBlob, statBlob } from "../push/push-blob.ts";
import type { Repository } from "../repository.ts";
import type { RepositoryContext } from "./sites.ts";

export function createRepository(context: RepositoryContext): Repository {
  return {
    registry: context.registry,
    repository: context.repository,
    resolve: (reference, options) => resolveManifest(context, reference, options),
    manifest: (reference, options) => readManifest(context, reference, options),
    blob: (descriptor, options) => readBlob(context, descriptor, options),
    statBlob: (digest, options) => statBlob(context, digest, options),
    pushBlob: (source, options) => pushBlob(context, source, options),
    pushManifest: (reference, manifest, options) =>
      writeManifest(context, reference, manifest, options),
    tags: (options) => listTags(context, options),
    referrers: (digest, options) => listReferrers(context, digest, options),
    deleteManifest: (reference, options) => deleteManifest(context, reference, options),
  };
}
