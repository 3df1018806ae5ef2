import type { BlobInfo, ContentStore } from "#content";
import { type Digest, digestOf } from "#oci";
import type { Lease } from "#state";

/** Stores a small blob, held by the lease from before it is there. */
export async function writeBlob(
  content: ContentStore,
  bytes: Uint8Array,
  lease: Lease,
): Promise<BlobInfo> {
  const digest: Digest = digestOf(bytes);
  lease.hold("blob", digest);
  const present = content.stat(digest);
  if (present?.size === bytes.length) return present;
  await using ingestion = content.ingest();
  ingestion.write(bytes);
  return await ingestion.commit({ digest });
}
