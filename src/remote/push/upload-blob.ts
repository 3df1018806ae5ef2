import { collect } from "#bytes";
import { fail, kindOf } from "#errors";
import type { Digest } from "#oci";
import { ownSite, type RepositoryContext, retryContext } from "../client/sites.ts";
import type { BlobSource, PushBlobOptions } from "../repository.ts";
import { createWaits, type Waits } from "../retry.ts";
import { sendChunks } from "./send-chunks.ts";
import { sendStream } from "./send-stream.ts";
import { hasBlob } from "./stat-blob.ts";
import {
  beginUpload,
  cancelUpload,
  finishUpload,
  type UploadSession,
  type UploadTarget,
  uploadStatus,
} from "./upload-session.ts";

/** Smaller blobs go out with the request that ends the upload: one round trip less. */
const SMALL = 1 << 20;

/** One upload as it goes on over broken connections. */
export interface Upload {
  readonly target: UploadTarget;
  readonly source: BlobSource;
  session: UploadSession;
  /** Bytes that the registry has, as far as is known. */
  at: number;
  /** The most bytes that were ever on their way. */
  furthest: number;
  /** The registry takes no stream: chunks of known size are sent. */
  isChunked: boolean;
  /** What was sent, once all of it was. */
  sent?: Sent;
  progress(bytes: number): void;
}

export interface Sent {
  readonly digest: Digest;
  readonly size: number;
}

/** Sends a blob; what a broken connection leaves at the registry is not sent again. */
export async function uploadBlob(
  context: RepositoryContext,
  source: BlobSource,
  { signal, onProgress }: PushBlobOptions,
  begun?: UploadSession,
): Promise<Sent> {
  const site = await ownSite(context);
  const target = { context, site, signal };
  const what = `pushing ${context.name}${source.digest === undefined ? "" : `@${source.digest}`}`;
  const waits = createWaits(retryContext(context, { what, signal }));
  const session = begun ?? (await begin(target, waits));
  const progress = (bytes: number) => onProgress?.(bytes);
  const upload: Upload = {
    target,
    source,
    session,
    at: 0,
    furthest: 0,
    isChunked: false,
    progress,
  };
  try {
    return await sendWithResume(upload, waits);
  } catch (error) {
    await cancelUpload(target, upload.session);
    throw error;
  }
}

async function begin(target: UploadTarget, waits: Waits): Promise<UploadSession> {
  for (;;) {
    try {
      return await beginUpload(target);
    } catch (error) {
      await waits.before(error);
    }
  }
}

async function sendWithResume(upload: Upload, waits: Waits): Promise<Sent> {
  let arrived = 0;
  let step = () => send(upload);
  const resume = async (): Promise<Sent> => {
    const state = await recover(upload);
    if (state === "stored") return upload.sent!;
    if (upload.at > arrived) waits.progressed();
    arrived = Math.max(arrived, upload.at);
    return await send(upload);
  };
  for (;;) {
    try {
      return await step();
    } catch (error) {
      await waits.before(error);
      step = resume;
    }
  }
}

/**
 * Asks how much has arrived. An upload that the registry knows no more may have ended well with
 * only its answer lost; else it begins anew.
 */
async function recover(upload: Upload): Promise<"stored" | "unfinished"> {
  try {
    upload.at = await uploadStatus(upload.target, upload.session);
  } catch (error) {
    if (kindOf(error) !== "not-found") throw error;
    if (upload.sent !== undefined && (await hasBlob(upload.target, upload.sent.digest)))
      return "stored";
    upload.session = await beginUpload(upload.target);
    upload.at = 0;
  }
  // Bytes of the broken request may still come in; without a Content-Range, which the beginning is
  // sent without, the next ones would be put after them.
  if (upload.at === 0 && upload.furthest > 0) {
    await cancelUpload(upload.target, upload.session);
    upload.session = await beginUpload(upload.target);
  }
  if (upload.at > upload.furthest)
    fail(
      "data-loss",
      `the registry has ${upload.at} bytes of a blob of which ${upload.furthest} were sent`,
    );
  upload.progress(upload.at);
  return "unfinished";
}

async function send(upload: Upload): Promise<Sent> {
  const { source, target } = upload;
  const { digest, size } = source;
  if (digest !== undefined && size !== undefined && size < SMALL && upload.at === 0)
    return await sendAtOnce(upload, { digest, size });
  if (!upload.isChunked) await sendStream(upload);
  if (upload.isChunked) await sendChunks(upload);
  upload.sent = digest !== undefined && size !== undefined ? { digest, size } : source.result();
  await finishUpload(target, upload.session, upload.sent.digest);
  return upload.sent;
}

async function sendAtOnce(upload: Upload, sent: Sent): Promise<Sent> {
  const body = await collect(upload.source.open(0), sent.size);
  upload.sent = sent;
  await finishUpload(upload.target, upload.session, sent.digest, body);
  upload.progress(sent.size);
  return sent;
}
