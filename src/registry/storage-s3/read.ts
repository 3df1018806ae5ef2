import { fail } from "#errors";
import type { ByteRange } from "../blob-storage.ts";
import { S3Error } from "./s3-error.ts";
import type { S3Store } from "./s3-store.ts";

/** The object's bytes as they come; undefined when it is gone. */
export async function streamObject(
  { client }: S3Store,
  key: string,
  size: number,
  range?: ByteRange,
): Promise<ReadableStream<Uint8Array> | undefined> {
  const headers = range && { range: `bytes=${range.start}-${range.end}` };
  const response = await client
    .send("GET", key, headers && { headers })
    .catch((error) => ifMissing(error));
  if (!response) return undefined;
  const expected = range ? range.end - range.start + 1 : size;
  const announced = response.headers.get("content-length");
  if (range && size > 0 && response.status !== 206)
    fail("unavailable", `storage: GET ${key}: the whole object came in place of a range`);
  if (announced !== null && Number(announced) !== expected)
    fail("data-loss", `storage: ${key} has ${announced} bytes in place of ${expected}`);
  return response.body ?? new Blob([]).stream();
}

/** A small object as a whole. */
export async function readObject(
  store: S3Store,
  { key, size }: { key: string; size: number },
): Promise<Uint8Array> {
  const body = await streamObject(store, key, size);
  if (!body) fail("data-loss", "the upload has lost bytes; begin it again");
  const bytes = await new Response(body).bytes();
  if (bytes.length !== size) fail("unavailable", `storage: GET ${key}: the answer broke off`);
  return bytes;
}

/** Its length; undefined when it is gone. */
export async function objectSize({ client }: S3Store, key: string): Promise<number | undefined> {
  const response = await client.send("HEAD", key).catch((error) => ifMissing(error));
  return response && Number(response.headers.get("content-length") ?? Number.NaN);
}

function ifMissing(error: unknown): undefined {
  if (error instanceof S3Error && error.isMissing && error.code !== "NoSuchBucket")
    return undefined;
  throw error;
}
