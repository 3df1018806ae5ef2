import { fail } from "#errors";
import { algorithmOf, type Digest } from "#oci";
import type { StoredBlob, UploadRecord } from "../records.ts";
import { Multipart } from "./multipart.ts";
import { newKey } from "./object-keys.ts";
import { putObject } from "./part-writer.ts";
import { objectSize, streamObject } from "./read.ts";
import { S3Error } from "./s3-error.ts";
import { removeObjects, type S3Store } from "./s3-store.ts";
import { parseState, type UploadState } from "./upload-state.ts";

/** An object with all the bytes of an upload. */
interface Assembled {
  readonly key: string;
  /** It is sure to be made of just the parts that the state tells of. */
  readonly known: boolean;
}

/** Makes one object of an upload, once that has the digest that was promised. */
export async function finishUpload(
  store: S3Store,
  upload: UploadRecord,
  digest: Digest,
): Promise<StoredBlob> {
  const state = parseState(upload.state);
  const hash = upload.algorithm === algorithmOf(digest) ? state.hash : undefined;
  if (hash !== undefined) check(digest, hash);
  const { key, known } = await assemble(store, upload, state);
  if (!known || hash === undefined) check(digest, await hashObject(store, key, upload, digest));
  await removeObjects(store, state.stale, state.tail?.key === key ? undefined : state.tail?.key);
  store.hashes.take(state.version);
  return { digest, size: upload.offset, location: key };
}

async function assemble(
  store: S3Store,
  upload: UploadRecord,
  state: UploadState,
): Promise<Assembled> {
  const { multipart, tail } = state;
  if (multipart) return complete(store, upload, state, multipart);
  const key = tail?.key ?? newKey(upload.id);
  if (!tail) await putObject(store, key, new Uint8Array());
  await checkSize(store, key, upload);
  return { key, known: true };
}

/** A multipart upload may be complete already, when whoever did that has died since. */
async function complete(
  store: S3Store,
  upload: UploadRecord,
  { parts, tail }: UploadState,
  { key, uploadId }: NonNullable<UploadState["multipart"]>,
): Promise<Assembled> {
  const multipart = new Multipart(store.client, key, uploadId);
  try {
    const last = tail ? [await multipart.copy(parts.length + 1, tail.key, tail.size)] : [];
    await multipart.complete([...parts, ...last]);
    return { key, known: true };
  } catch (error) {
    if (!(error instanceof S3Error && error.isMissing)) throw error;
    await checkSize(store, key, upload);
    return { key, known: false };
  }
}

async function checkSize(store: S3Store, key: string, { offset }: UploadRecord): Promise<void> {
  const size = await objectSize(store, key);
  if (size !== offset) fail("data-loss", "the upload has lost bytes; begin it again");
}

async function hashObject(
  store: S3Store,
  key: string,
  { offset }: UploadRecord,
  digest: Digest,
): Promise<string> {
  const body = await streamObject(store, key, offset);
  if (!body) fail("data-loss", "the upload has lost bytes; begin it again");
  const hasher = new Bun.CryptoHasher(algorithmOf(digest) as Bun.SupportedCryptoAlgorithms);
  for await (const chunk of body) hasher.update(chunk);
  return hasher.digest("hex");
}

function check(digest: Digest, actual: string): void {
  const expected = digest.slice(digest.indexOf(":") + 1);
  if (actual !== expected)
    fail(
      "data-loss",
      `provided digest did not match uploaded content: ${digest}, not ${algorithmOf(digest)}:${actual}`,
    );
}
