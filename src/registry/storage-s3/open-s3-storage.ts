import { Slots } from "#bytes";
import type { BlobStorage } from "../blob-storage.ts";
import type { UploadRecord } from "../records.ts";
import { appendToUpload } from "./append.ts";
import { BlockPool } from "./block-pool.ts";
import { finishUpload } from "./finish.ts";
import { listStored } from "./list.ts";
import { Multipart } from "./multipart.ts";
import { checkLocation } from "./object-keys.ts";
import { streamObject } from "./read.ts";
import { S3Client, type S3Options } from "./s3-client.ts";
import { S3Error } from "./s3-error.ts";
import { removeObjects, type S3Store } from "./s3-store.ts";
import { StreamHashes } from "./stream-hashes.ts";
import { formatState, newState, parseState } from "./upload-state.ts";

/** Parts on their way at once, of all uploads: 128 MiB while parts have their first size. */
const PARTS_UNDERWAY = 16;
/** How long a client may take up an address that it was sent to. */
const DIRECT_URL_SECONDS = 900;

/**
 * Blobs as objects of a bucket of S3, or of a store that speaks its protocol. Has no state of its
 * own: any number of processes may share a bucket, when they share their records. Fails with
 * `failed-precondition` or `unavailable` when the bucket cannot be used.
 */
export async function openS3Storage(options: S3Options): Promise<BlobStorage> {
  const client = new S3Client(options);
  const store = {
    ...{ client, hashes: new StreamHashes(), blocks: new BlockPool() },
    slots: new Slots(PARTS_UNDERWAY),
  };
  const check = async () => {
    await client.ask("GET", "", { query: { "list-type": "2", "max-keys": "1" } });
  };
  await check();
  return {
    check,
    begin: async () => formatState(newState()),
    append: (upload, bytes, limits) => appendToUpload(store, upload, bytes, limits),
    finish: (upload, digest) => finishUpload(store, upload, digest),
    abort: (upload) => abortUpload(store, upload),
    read: ({ location, size }, range) => streamObject(store, checkLocation(location), size, range),
    directUrl: ({ location }) => client.presign(checkLocation(location), DIRECT_URL_SECONDS),
    delete: ({ location }) => remove(store, location),
    list: () => listStored(client),
    async [Symbol.asyncDispose]() {},
  };
}

async function abortUpload(store: S3Store, upload: UploadRecord): Promise<void> {
  const { version, multipart, tail, stale } = parseState(upload.state);
  store.hashes.take(version);
  if (multipart) {
    const { key, uploadId } = multipart;
    await new Multipart(store.client, key, uploadId).abort().catch(() => undefined);
  }
  await removeObjects(store, multipart?.key, tail?.key, stale);
}

/** An object, or what {@link listStored} found of a multipart upload. */
async function remove({ client }: S3Store, location: string): Promise<void> {
  const [key = "", uploadId] = location.split("#");
  checkLocation(key);
  try {
    if (uploadId === undefined) await client.send("DELETE", key);
    else await new Multipart(client, key, uploadId).abort();
  } catch (error) {
    if (!(error instanceof S3Error && error.isMissing)) throw error;
  }
}
