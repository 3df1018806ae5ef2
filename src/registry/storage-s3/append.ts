import type { Bytes } from "#bytes";
import { fail } from "#errors";
import { nextChunk } from "../next-chunk.ts";
import type { UploadRecord } from "../records.ts";
import { PartWriter } from "./part-writer.ts";
import { readObject } from "./read.ts";
import { removeObjects, type S3Store } from "./s3-store.ts";
import { formatState, parseState, type UploadState } from "./upload-state.ts";

/**
 * Adds bytes to an upload: full parts to its multipart upload, the rest as a tail that the next
 * append takes up again. Nothing that the record tells of is changed, so that it stays true until
 * the new one has taken its place; of two appends at once only one can count.
 */
export async function appendToUpload(
  store: S3Store,
  upload: UploadRecord,
  bytes: Bytes,
  { most, signal }: { most: number; signal?: AbortSignal },
): Promise<UploadRecord> {
  const source = bytes[Symbol.asyncIterator]();
  const first = await nextChunk(source);
  if (!first) return upload;
  const before = parseState(upload.state);
  await removeObjects(store, before.stale);
  const hasher = hasherOf(store, upload, before);
  // It does not hear of the signal: a client that breaks off is no reason to give up what came.
  const writer = new PartWriter(store, upload.id, before);
  try {
    if (before.tail) await writer.write(await readObject(store, before.tail));
    const rest = { source, first, most: most - upload.offset, ...(signal && { signal }) };
    const received = await writeAll(writer, hasher, rest);
    const after = stateAfter(store, before, await writer.finish(), hasher);
    const offset = upload.offset + received;
    return { ...upload, offset, state: formatState(after), touched: Date.now() };
  } finally {
    await writer.settle();
  }
}

interface Incoming {
  readonly source: AsyncIterator<Uint8Array>;
  readonly first: Uint8Array;
  readonly most: number;
  readonly signal?: AbortSignal;
}

function hasherOf(
  { hashes }: S3Store,
  { offset, algorithm }: UploadRecord,
  { version }: UploadState,
): Bun.CryptoHasher | undefined {
  return offset === 0 ? new Bun.CryptoHasher(algorithm) : hashes.take(version);
}

function stateAfter(
  { hashes }: S3Store,
  before: UploadState,
  stored: Pick<UploadState, "multipart" | "parts" | "tail">,
  hasher: Bun.CryptoHasher | undefined,
): UploadState {
  const version = crypto.randomUUID();
  if (hasher) hashes.keep(version, hasher);
  return {
    version,
    ...stored,
    ...(before.tail && { stale: before.tail.key }),
    ...(hasher && { hash: hasher.copy().digest("hex") }),
  };
}

/** Gives how many came, also when they broke off; what is too much is an error. */
async function writeAll(
  writer: PartWriter,
  hasher: Bun.CryptoHasher | undefined,
  { source, first, most, signal }: Incoming,
): Promise<number> {
  let received = 0;
  let chunk: Uint8Array | undefined = first;
  while (chunk && !signal?.aborted) {
    received += chunk.length;
    if (received > most)
      fail("resource-exhausted", "the blob is larger than this registry's limit");
    hasher?.update(chunk);
    await writer.write(chunk);
    chunk = await nextChunk(source);
  }
  return received;
}
