import type { Bytes, Chunk } from "#bytes";
import type { Records, UploadRecord } from "../records.ts";

/** Milliseconds after which the record is told again that somebody is at the upload. */
const TOUCH_EVERY_MS = 10_000;

/**
 * The bytes that come for an upload. While they do, its record says so: an upload that takes hours
 * is not one that nobody goes on with. They end when it was taken away nevertheless.
 */
export async function* touching(
  records: Records,
  upload: UploadRecord,
  bytes: Bytes,
): AsyncGenerator<Chunk> {
  let { touched } = upload;
  for await (const chunk of bytes) {
    yield chunk;
    if (Date.now() - touched < TOUCH_EVERY_MS) continue;
    touched = Date.now();
    if (!(await records.advanceUpload({ ...upload, touched }, upload.offset))) return;
  }
}
