import { kindOf, messageOf } from "#errors";
import type { Digest } from "#oci";
import type { StoredBlob, UploadRecord } from "../records.ts";
import type { RegistryOptions } from "../registry.ts";
import type { Exchange } from "./exchange.ts";
import { digestFrom, digestParameter } from "./parse-digest.ts";
import { parseContentRange } from "./ranges.ts";
import { refuse } from "./registry-error.ts";
import { isRepositoryName } from "./route.ts";
import { touching } from "./touching.ts";

/** Repositories that are looked through for a mount without `from`. */
const HOLDERS_ASKED = 20;

/** POST `/v2/NAME/blobs/uploads/`: mounts, takes a whole blob, or begins an upload. */
export async function beginUpload(exchange: Exchange, repository: string): Promise<Response> {
  await exchange.authorize({ repository, action: "push" });
  const { query } = exchange;
  if (query.has("mount")) {
    const mounted = await mount(exchange, repository, digestParameter(query, "mount"));
    if (mounted) return created(repository, mounted.digest);
  }
  const digest = query.has("digest") ? digestParameter(query, "digest") : undefined;
  const upload = await newUpload(exchange, repository, algorithmFor(query, digest));
  if (digest === undefined || query.has("mount")) return accepted(upload);
  return finish(exchange, upload, digest).catch(async (error) => {
    // Nobody was told of this upload: nobody could go on with it.
    await discard(exchange.options, upload);
    throw error;
  });
}

function algorithmFor(
  query: URLSearchParams,
  digest: Digest | undefined,
): UploadRecord["algorithm"] {
  const asked = query.get("digest-algorithm") ?? digest?.split(":")[0] ?? "sha256";
  if (asked === "sha256" || asked === "sha512") return asked;
  return refuse("DIGEST_INVALID", "the digest algorithm is none of sha256 or sha512");
}

async function mount(
  exchange: Exchange,
  repository: string,
  digest: Digest,
): Promise<StoredBlob | undefined> {
  const { records } = exchange.options;
  for (const from of await sources(exchange, digest)) {
    if (!(await exchange.mayAlso({ repository: from, action: "pull" }))) continue;
    const mounted = await records.mountBlob(repository, digest, from);
    if (mounted) return mounted;
  }
  return undefined;
}

async function sources({ query, options }: Exchange, digest: Digest): Promise<readonly string[]> {
  const from = query.get("from");
  if (from === null) return options.records.holders(digest, HOLDERS_ASKED);
  return isRepositoryName(from) ? [from] : [];
}

async function newUpload(
  { options }: Exchange,
  repository: string,
  algorithm: UploadRecord["algorithm"],
): Promise<UploadRecord> {
  const id = crypto.randomUUID();
  const state = await options.blobs.begin(id, algorithm);
  const upload = { id, repository, offset: 0, algorithm, state, touched: Date.now() };
  await options.records.putUpload(upload).catch(async (error) => {
    await options.blobs.abort(upload);
    throw error;
  });
  return upload;
}

/** GET, PATCH, PUT and DELETE of `/v2/NAME/blobs/uploads/ID`. */
export async function serveUpload(
  exchange: Exchange,
  repository: string,
  id: string,
): Promise<Response> {
  await exchange.authorize({ repository, action: "push" });
  const { method } = exchange.request;
  const { records } = exchange.options;
  const find = async () => (await records.upload(repository, id)) ?? uploadUnknown();
  if (method === "GET" || method === "HEAD")
    return new Response(null, { status: 204, headers: headersOf(await find()) });
  return alone(id, find, async (upload) => {
    if (method === "PATCH") return accepted(await takeChunk(exchange, upload));
    if (method === "DELETE") return cancel(exchange, upload);
    return finish(exchange, upload, digestParameter(exchange.query, "digest"));
  });
}

/** Uploads that a request of this process is working on. */
const busy = new Set<string>();

/** Two requests on one upload would write into each other: the second one is turned away. */
async function alone<T>(
  id: string,
  find: () => Promise<UploadRecord>,
  work: (upload: UploadRecord) => Promise<T>,
): Promise<T> {
  if (busy.has(id)) outOfOrder(await find(), "another request is writing to this upload");
  busy.add(id);
  try {
    return await work(await find());
  } finally {
    busy.delete(id);
  }
}

async function cancel({ options }: Exchange, upload: UploadRecord): Promise<Response> {
  await discard(options, upload);
  return new Response(null, { status: 204 });
}

async function discard({ records, blobs }: RegistryOptions, upload: UploadRecord): Promise<void> {
  if (await records.deleteUpload(upload.id)) await blobs.abort(upload);
}

/** What came of the body is part of the upload when it resolves, and also when the client broke off. */
async function takeChunk(exchange: Exchange, upload: UploadRecord): Promise<UploadRecord> {
  const advanced = await append(exchange, upload);
  if (advanced.offset === upload.offset && exchange.body.isWhole) return upload;
  if (!(await exchange.options.records.advanceUpload(advanced, upload.offset)))
    outOfOrder(upload, "the upload has moved on meanwhile");
  if (!exchange.body.isWhole) refuse("SIZE_INVALID", "the body ended before its announced length");
  return advanced;
}

async function append(exchange: Exchange, upload: UploadRecord): Promise<UploadRecord> {
  const { body, options, request } = exchange;
  const range = parseContentRange(request.headers.get("content-range"));
  const length = range && range.end - range.start + 1;
  if (range && range.start !== upload.offset)
    outOfOrder(upload, `the chunk begins at ${range.start} in place of ${upload.offset}`);
  if (length !== undefined && body.announced !== undefined && body.announced !== length)
    refuse("SIZE_INVALID", `the chunk has ${body.announced} bytes in place of ${length}`);
  if (body.isEmpty) return upload;
  const most = options.limits?.blob ?? Number.MAX_SAFE_INTEGER;
  if (upload.offset + (body.announced ?? 0) > most)
    refuse("SIZE_INVALID", `the blob is larger than the limit of ${most} bytes`, { status: 413 });
  const advanced = await options.blobs.append(upload, touching(options.records, upload, body), {
    ...{ most, signal: request.signal },
  });
  if (length !== undefined && body.isWhole && body.received !== length)
    refuse("SIZE_INVALID", `the chunk has ${body.received} bytes in place of ${length}`);
  return advanced;
}

async function finish(exchange: Exchange, upload: UploadRecord, digest: Digest): Promise<Response> {
  const { records, blobs } = exchange.options;
  const whole = await append(exchange, upload);
  if (!exchange.body.isWhole) {
    await records.advanceUpload(whole, upload.offset);
    refuse("SIZE_INVALID", "the body ended before its announced length");
  }
  const stored = await blobs.finish(whole, digest).catch(async (error) => {
    if (kindOf(error) !== "data-loss") throw error;
    await discard(exchange.options, whole);
    return refuse("DIGEST_INVALID", messageOf(error));
  });
  const kept = await records.finishUpload(upload, stored);
  // Another request has ended this upload; where it made the same blob of it, all is well.
  if (!kept && !(await records.blob(upload.repository, digest, { relyOn: true }))) uploadUnknown();
  if (kept && kept.location !== stored.location) await blobs.delete(stored);
  return created(upload.repository, digest);
}

function created(repository: string, digest: Digest): Response {
  const headers = {
    Location: `/v2/${repository}/blobs/${digestFrom(digest)}`,
    "Docker-Content-Digest": digest,
  };
  return new Response(null, { status: 201, headers });
}

function accepted(upload: UploadRecord): Response {
  return new Response(null, { status: 202, headers: headersOf(upload) });
}

function headersOf({ repository, id, offset }: UploadRecord): Record<string, string> {
  return {
    Location: `/v2/${repository}/blobs/uploads/${id}`,
    Range: `0-${Math.max(0, offset - 1)}`,
    "Docker-Upload-UUID": id,
  };
}

function outOfOrder(upload: UploadRecord, message: string): never {
  refuse("BLOB_UPLOAD_INVALID", message, { status: 416, headers: headersOf(upload) });
}

function uploadUnknown(): never {
  refuse("BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
}
