import { blocksOf } from "#bytes";
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
