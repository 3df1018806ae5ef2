import { algorithmOf, type Descriptor, type Digest, hexOf, isDigest, isIndexType } from "#oci";
import type { Records, StoredManifest } from "../records.ts";

/** The most entries of a fallback index that are looked at. */
const MOST = 1000;

/**
 * What clients that knew of no referrers API have noted in the index of the tag
 * `<algorithm>-<hex>` (OCI distribution spec, "Referrers Tag Schema"): those of its manifests that
 * are here and do not name the subject themselves, for these are referrers anyway.
 */
export async function fallbackReferrers(
  records: Records,
  repository: string,
  subject: Digest,
): Promise<readonly Descriptor[]> {
  const tag = `${algorithmOf(subject).slice(0, 32)}-${hexOf(subject).slice(0, 64)}`;
  const index = await records.manifest(repository, tag);
  if (!index || !isIndexType(index.mediaType)) return [];
  const found: Descriptor[] = [];
  for (const descriptor of jsonOf(index).manifests.slice(0, MOST)) {
    if (!isDigest(descriptor.digest)) continue;
    const manifest = await records.manifest(repository, descriptor.digest);
    if (manifest && jsonOf(manifest).subject?.digest !== subject) found.push(descriptor);
  }
  return found;
}

/** It was checked when it was pushed. */
function jsonOf({ bytes }: StoredManifest): {
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
} {
  const json = JSON.parse(new TextDecoder().decode(bytes));
  return { ...json, manifests: json.manifests ?? [] };
}
