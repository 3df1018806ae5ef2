import type { ServerResponse } from "node:http";
import { digestOf } from "#oci";
import { type FakeContent, type FakeRequest, refuse, type Uploads } from "./fake-exchange.ts";

export function answerBlob(
  { blobs }: FakeContent,
  digest: string,
  { method, headers }: FakeRequest,
  response: ServerResponse,
): void {
  const blob = blobs.get(digest);
  if (blob === undefined) {
    refuse(response, 404, "BLOB_UNKNOWN");
    return;
  }
  const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "");
  const start = Number(range?.[1] ?? 0);
  const end = range?.[2] ? Number(range[2]) + 1 : blob.length;
  response.writeHead(range ? 206 : 200, {
    "Content-Length": end - start,
    "Docker-Content-Digest": digest,
    ...(range && { "Content-Range": `bytes ${start}-${end - 1}/${blob.length}` }),
  });
  response.end(method === "HEAD" ? undefined : blob.subarray(start, end));
}

/** Uploads; what arrives before a connection breaks is kept. */
export async function answerUpload(
  content: FakeContent,
  { repository, id }: { repository: string; id: string },
  request: FakeRequest,
  response: ServerResponse,
): Promise<void> {
  const { blobs, uploads } = content;
  if (request.method === "POST") return begin(content, repository, request, response);
  const known = uploads.get(id);
  if (known === undefined) return refuse(response, 404, "BLOB_UPLOAD_UNKNOWN");
  if (request.method === "DELETE") {
    uploads.delete(id);
    return void response.writeHead(204).end();
  }
  if (!isInOrder(request, known.length)) return refuse(response, 416, "BLOB_UPLOAD_INVALID");
  await received(uploads, id, request);
  const all = uploads.get(id)!;
  if (request.method !== "PUT") return accepted(repository, id, all, request, response);
  const digest = request.url.searchParams.get("digest") ?? "";
  if (digestOf(all) !== digest) return refuse(response, 400, "DIGEST_INVALID");
  blobs.set(digest, all);
  uploads.delete(id);
  response
    .writeHead(201, {
      Location: `/v2/${repository}/blobs/${digest}`,
      "Docker-Content-Digest": digest,
    })
    .end();
}

function begin(
  { blobs, uploads }: FakeContent,
  repository: string,
  { url }: FakeRequest,
  response: ServerResponse,
): void {
  const mount = url.searchParams.get("mount") ?? "";
  if (blobs.has(mount))
    return void response.writeHead(201, { "Docker-Content-Digest": mount }).end();
  const id = crypto.randomUUID();
  uploads.set(id, Buffer.alloc(0));
  response
    .writeHead(202, { Location: `/v2/${repository}/blobs/uploads/${id}?_state=a%2Bb%3D` })
    .end();
}

function isInOrder({ headers }: FakeRequest, length: number): boolean {
  const range = /^(\d+)-\d+$/.exec(headers["content-range"] ?? "");
  return range === null || Number(range[1]) === length;
}

async function received(
  uploads: Uploads,
  id: string,
  { incoming, method }: FakeRequest,
): Promise<void> {
  if (method === "GET") return;
  for await (const chunk of incoming)
    uploads.set(id, Buffer.concat([uploads.get(id)!, chunk as Buffer]));
}

function accepted(
  repository: string,
  id: string,
  all: Buffer,
  { method }: FakeRequest,
  response: ServerResponse,
): void {
  response.writeHead(method === "GET" ? 204 : 202, {
    Location: `/v2/${repository}/blobs/uploads/${id}?_state=a%2Bb%3D`,
    Range: `0-${Math.max(0, all.length - 1)}`,
  });
  response.end();
}
