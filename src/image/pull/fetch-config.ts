import { collect } from "#bytes";
import type { Algorithm } from "#content";
import { fail } from "#errors";
import { algorithmOf, type Descriptor, type ImageConfig } from "#oci";
import type { Repository } from "#remote";
import type { Lease } from "#state";
import type { ImageStore } from "../image-store.ts";
import { parseConfig } from "../parse-image.ts";
import { MAX_JSON_SIZE } from "../read-image.ts";
import { within } from "./pull-error.ts";

/** Where an image comes from and goes to. */
export interface PullSource {
  readonly store: ImageStore;
  readonly repository: Repository;
  readonly lease: Lease;
}

/** The config of an image, as a blob that the lease holds. */
export async function fetchConfig(
  { store: { content }, repository, lease }: PullSource,
  descriptor: Descriptor,
  signal: AbortSignal | undefined,
): Promise<{ config: ImageConfig; configBytes: Uint8Array }> {
  const { digest, size } = descriptor;
  if (size > MAX_JSON_SIZE) fail("resource-exhausted", `config ${digest} has ${size} bytes`);
  lease.hold("blob", digest);
  if (content.stat(digest)?.size !== size) {
    const bytes = await collect(repository.blob(descriptor, signal ? { signal } : {}), size);
    await using ingestion = content.ingest({ algorithm: algorithmOf(digest) as Algorithm });
    ingestion.write(bytes);
    await ingestion.commit({ digest, size }).catch((error: unknown) => {
      throw within(`config ${digest}`, error);
    });
  }
  const configBytes = await content.read(digest, MAX_JSON_SIZE);
  return { config: parseConfig(configBytes, `config ${digest}`), configBytes };
}
