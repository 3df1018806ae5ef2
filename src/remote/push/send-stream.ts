import { StatusFault } from "../transport/status-fault.ts";
import { counted, restOf, settle } from "./sending.ts";
import type { Upload } from "./upload-blob.ts";
import { patchUpload, uploadStatus } from "./upload-session.ts";

/**
 * How registries, and what stands before them, refuse a body whose length is not announced; and how
 * they send it elsewhere, where only what is at hand can be sent once more.
 */
const REFUSES_STREAMS = new Set([307, 308, 400, 405, 411, 413, 415, 416, 501]);

/**
 * Sends the rest of a blob in one request, as Docker does. Where the registry takes no such
 * request, the upload becomes one by chunks.
 */
export async function sendStream(upload: Upload): Promise<void> {
  const { target, session, source, at } = upload;
  if (at > 0 && at === source.size) return;
  // What goes on in the middle needs a Content-Range, which needs an end.
  upload.isChunked = at > 0 && source.size === undefined;
  if (upload.isChunked) return;
  const sent = { bytes: 0 };
  const bytes = counted(restOf(upload), upload, sent);
  const size = source.size === undefined ? {} : { size: source.size - at };
  const range = at > 0 ? `${at}-${source.size! - 1}` : undefined;
  try {
    const has = await patchUpload(target, session, { bytes, ...size }, range);
    settle(upload, at + sent.bytes, has);
  } catch (error) {
    if (!(error instanceof StatusFault) || !REFUSES_STREAMS.has(error.status)) throw error;
    upload.isChunked = true;
    upload.at = await uploadStatus(target, session);
  }
}
