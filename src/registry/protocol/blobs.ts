import type { ByteRange } from "../blob-storage.ts";
import type { StoredBlob } from "../records.ts";
import type { Exchange } from "./exchange.ts";
import { digestFrom } from "./parse-digest.ts";
import { parseRange } from "./ranges.ts";
import { refuse } from "./registry-error.ts";

/** Bytes of a stream that are gathered before they are sent. */
const SMALL = 1 << 20;

/** GET, HEAD and DELETE of `/v2/NAME/blobs/DIGEST`. */
export async function serveBlob(
  exchange: Exchange,
  repository: string,
  reference: string,
): Promise<Response> {
  const { request, options } = exchange;
  if (request.method === "DELETE") return deleteBlob(exchange, repository, reference);
  await exchange.authorize({ repository, action: "pull" });
  const digest = digestFrom(reference);
  const relyOn = request.method === "HEAD";
  const blob = await options.records.blob(repository, digest, { relyOn });
  if (!blob) return unknown(digest);
  if (request.headers.get("if-none-match") === `"${digest}"`)
    return new Response(null, { status: 304, headers: headersOf(blob) });
  return relyOn
    ? new Response(null, { headers: headersOf(blob, blob.size) })
    : read(exchange, blob);
}

async function read({ request, options }: Exchange, blob: StoredBlob): Promise<Response> {
  const range = parseRange(request.headers.get("range"), blob.size);
  const elsewhere = options.redirect ? await options.blobs.directUrl?.(blob) : undefined;
  if (elsewhere !== undefined)
    return new Response(null, { status: 307, headers: { Location: elsewhere } });
  const found = await options.blobs.read(blob, range);
  if (!found) return unknown(blob.digest);
  const length = range ? range.end - range.start + 1 : blob.size;
  const body = found instanceof ReadableStream && length <= SMALL ? await whole(found) : found;
  return range
    ? part(body, blob, range)
    : new Response(body, { headers: headersOf(blob, blob.size) });
}

/** A stream would be sent in chunked coding, and clients would not learn its length. */
function whole(stream: ReadableStream<Uint8Array>): Promise<Blob> {
  return new Response(stream).blob();
}

function part(body: Blob | ReadableStream, blob: StoredBlob, { start, end }: ByteRange): Response {
  const headers = headersOf(blob, end - start + 1);
  headers["Content-Range"] = `bytes ${start}-${end}/${blob.size}`;
  return new Response(body, { status: 206, headers });
}

async function deleteBlob(
  exchange: Exchange,
  repository: string,
  reference: string,
): Promise<Response> {
  await exchange.authorize({ repository, action: "delete" });
  if (exchange.options.allowDelete === false)
    refuse("UNSUPPORTED", "this registry deletes nothing");
  const digest = digestFrom(reference);
  if (!(await exchange.options.records.deleteBlob(repository, digest))) unknown(digest);
  return new Response(null, { status: 202, headers: { "Docker-Content-Digest": digest } });
}

function headersOf({ digest }: StoredBlob, length?: number): Record<string, string> {
  return {
    "Content-Type": "application/octet-stream",
    ...(length !== undefined && { "Content-Length": `${length}` }),
    "Docker-Content-Digest": digest,
    ETag: `"${digest}"`,
    "Accept-Ranges": "bytes",
    // What somebody pushed is never shown as a page of this site.
    "Content-Disposition": "attachment",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "max-age=31536000",
  };
}

function unknown(digest: string): never {
  refuse("BLOB_UNKNOWN", "blob unknown to registry", { detail: { digest } });
}
