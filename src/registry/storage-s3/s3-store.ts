import type { Slots } from "#bytes";
import type { BlockPool } from "./block-pool.ts";
import type { S3Client } from "./s3-client.ts";
import type { StreamHashes } from "./stream-hashes.ts";

/** What the operations of one storage share. */
export interface S3Store {
  readonly client: S3Client;
  readonly hashes: StreamHashes;
  readonly blocks: BlockPool;
  /** Parts that are on their way at once, of all uploads together: what bounds the memory. */
  readonly slots: Slots;
}

/** Removes objects that may be gone already. What cannot be removed now is found by `list` later. */
export async function removeObjects(
  { client }: S3Store,
  ...keys: readonly (string | undefined)[]
): Promise<void> {
  for (const key of keys) {
    if (key !== undefined) await client.send("DELETE", key).catch(() => undefined);
  }
}
