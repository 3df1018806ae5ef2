import { type FileHandle, open } from "node:fs/promises";
import type { Bytes } from "#bytes";
import { fail } from "#errors";
import { nextChunk } from "../next-chunk.ts";
import type { UploadRecord } from "../records.ts";
import { failWriting } from "./disk-errors.ts";
import type { DiskHashes } from "./disk-hashes.ts";
import { GatheredWriter } from "./gathered-writer.ts";
import { uploadPath } from "./layout.ts";

/** Adds bytes to an upload's file. What the file has past the record's offset was never told of. */
export async function appendToUpload(
  root: string,
  hashes: DiskHashes,
  upload: UploadRecord,
  bytes: Bytes,
  { most, signal }: { most: number; signal?: AbortSignal },
): Promise<UploadRecord> {
  try {
    await using file = await open(uploadPath(root, upload.id), "r+");
    await cutTo(file, upload);
    const hasher = hasherAt(hashes, upload);
    const writer = new GatheredWriter(file, upload.offset);
    const offset = await writeAll(writer, bytes, hasher, most, signal).catch(async (error) => {
      // What nobody will be told of must not keep a disk full.
      await file.truncate(upload.offset);
      throw error;
    });
    const { algorithm } = upload;
    if (hasher) hashes.keep(upload.id, { algorithm, hasher, offset });
    return { ...upload, offset, touched: Date.now() };
  } catch (error) {
    return failWriting(error);
  }
}

async function cutTo(file: FileHandle, { id, offset }: UploadRecord): Promise<void> {
  const { size } = await file.stat();
  if (size < offset) fail("not-found", `upload ${id} has lost bytes; begin it again`);
  if (size > offset) await file.truncate(offset);
}

function hasherAt(hashes: DiskHashes, upload: UploadRecord): Bun.CryptoHasher | undefined {
  const { id, offset, algorithm } = upload;
  if (offset === 0) return new Bun.CryptoHasher(algorithm);
  return hashes.take(id, offset)?.hasher;
}

/** When the bytes break off, those that came are kept; what is too much is an error. Gives the length. */
async function writeAll(
  writer: GatheredWriter,
  bytes: Bytes,
  hasher: Bun.CryptoHasher | undefined,
  most: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const source = bytes[Symbol.asyncIterator]();
  try {
    for (;;) {
      const chunk = await nextChunk(source);
      if (!chunk || signal?.aborted) return await writer.finish();
      if (writer.offset + chunk.length > most)
        fail("resource-exhausted", `the blob is larger than the limit of ${most} bytes`);
      hasher?.update(chunk);
      await writer.write(chunk);
    }
  } finally {
    await source.return?.();
  }
}
