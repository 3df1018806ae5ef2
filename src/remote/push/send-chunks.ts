import type { Bytes } from "#bytes";
import { fail } from "#errors";
import { restOf, settle } from "./sending.ts";
import type { Upload } from "./upload-blob.ts";
import { patchUpload } from "./upload-session.ts";

const CHUNK = 16 << 20;
/** What a registry may ask to be kept in memory. */
const LARGEST_CHUNK = 256 << 20;

/** Sends the rest of a blob in chunks of known place and length, each kept until it has arrived. */
export async function sendChunks(upload: Upload): Promise<void> {
  const size = Math.max(CHUNK, upload.session.chunkMinLength);
  if (size > LARGEST_CHUNK)
    fail(
      "unsupported",
      `the registry takes no chunks of less than ${size} bytes, which is too much`,
    );
  for await (const chunk of blocksOf(restOf(upload), size)) {
    const end = upload.at + chunk.length;
    upload.furthest = Math.max(upload.furthest, end);
    const range = `${upload.at}-${end - 1}`;
    const has = await patchUpload(upload.target, upload.session, chunk, range);
    settle(upload, end, has);
    upload.progress(end);
  }
}

/** The same bytes in blocks of `size`, the last one smaller; a block is good until the next pull. */
async function* blocksOf(bytes: Bytes, size: number): AsyncGenerator<Uint8Array> {
  const block = new Uint8Array(size);
  let filled = 0;
  for await (const chunk of bytes) {
    for (let from = 0; from < chunk.length; ) {
      const part = chunk.subarray(from, from + size - filled);
      block.set(part, filled);
      filled += part.length;
      from += part.length;
      if (filled < size) continue;
      yield block;
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}
