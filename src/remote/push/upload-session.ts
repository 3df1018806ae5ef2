import { fail } from "#errors";
import type { Digest } from "#oci";
import { repositoryScope } from "../auth/scope.ts";
import { type EndpointRequest, givenUrl } from "../client/endpoint-client.ts";
import type { RepositoryContext, Site } from "../client/sites.ts";
import { PassingFault } from "../passing-fault.ts";
import type { HttpResponse, StreamedBody } from "../transport/transport.ts";
import { writeFault } from "./write-fault.ts";

/** An upload that a registry has begun (distribution spec, "Pushing Blobs"). */
export interface UploadSession {
  /** Where the next request goes; every answer may move it. */
  location: URL;
  /** The smallest chunk it takes, but for the last (`OCI-Chunk-Min-Length`). */
  readonly chunkMinLength: number;
}

/** What is needed to send requests for one upload. */
export interface UploadTarget {
  readonly context: RepositoryContext;
  readonly site: Site;
  readonly signal?: AbortSignal | undefined;
}

export function pushScopes({ repository }: Site): readonly string[] {
  return [repositoryScope(repository, "pull", "push")];
}

/** The session in an answer of 202. */
export function sessionOf(response: HttpResponse): UploadSession {
  const length = Number(response.headers.get("oci-chunk-min-length") ?? 0);
  return {
    location: locationOf(response),
    chunkMinLength: Number.isSafeInteger(length) ? length : 0,
  };
}

function locationOf(response: HttpResponse): URL {
  const location = response.headers.get("location");
  if (location === null)
    return fail("unavailable", `${response.url.host} began an upload without saying where`);
  return givenUrl(location, response);
}

export async function beginUpload(target: UploadTarget): Promise<UploadSession> {
  const { context, site } = target;
  const response = await send(target, {
    method: "POST",
    target: `${site.repository}/blobs/uploads/`,
  });
  if (response.status !== 202) throw await writeFault(context, response);
  await response.discard();
  return sessionOf(response);
}

/** Sends bytes; gives how many the registry has in all, as far as it says so. */
export async function patchUpload(
  target: UploadTarget,
  session: UploadSession,
  body: Uint8Array | StreamedBody,
  contentRange?: string,
): Promise<number | undefined> {
  const headers = {
    "Content-Type": "application/octet-stream",
    ...(contentRange !== undefined && { "Content-Range": contentRange }),
  };
  const response = await send(target, { method: "PATCH", target: session.location, headers, body });
  if (response.status === 401 && "bytes" in body) throw await tokenEnded(response);
  if (response.status === 416 && !("bytes" in body)) throw await elsewhere(response);
  if (response.status !== 202 && response.status !== 204)
    throw await writeFault(target.context, response);
  return await movedOn(session, response);
}

/** Bytes of a request that broke came in after we asked: the upload goes on from where it is. */
async function elsewhere(response: HttpResponse): Promise<PassingFault> {
  await response.discard();
  return new PassingFault("unavailable", `${response.url.host} has other bytes of the upload`);
}

/** A stream cannot be sent again with a new token; the upload goes on from what has arrived. */
async function tokenEnded(response: HttpResponse): Promise<PassingFault> {
  await response.discard();
  return new PassingFault("unauthenticated", `${response.url.host} asks to sign in again`);
}

/** How many bytes the registry has (distribution spec, "Resuming an upload"). */
export async function uploadStatus(target: UploadTarget, session: UploadSession): Promise<number> {
  const response = await send(target, { method: "GET", target: session.location });
  if (response.status !== 204 && response.status !== 202 && response.status !== 200)
    throw await writeFault(target.context, response);
  return (await movedOn(session, response)) ?? 0;
}

async function movedOn(
  session: UploadSession,
  response: HttpResponse,
): Promise<number | undefined> {
  await response.discard();
  if (response.headers.has("location")) session.location = locationOf(response);
  const [, last] = /^(?:bytes=)?0-(-?\d+)$/.exec(response.headers.get("range") ?? "") ?? [];
  // Many registries say 0-0 of an upload that has nothing yet.
  return last === undefined ? undefined : Number(last) > 0 ? Number(last) + 1 : 0;
}

/** Ends an upload; with `body`, its last (or only) bytes. */
export async function finishUpload(
  target: UploadTarget,
  session: UploadSession,
  digest: Digest,
  body: Uint8Array = new Uint8Array(),
): Promise<void> {
  const url = new URL(session.location);
  // Not by searchParams: what is there already has to stay as it is, to the letter.
  url.search += `${url.search ? "&" : "?"}digest=${encodeURIComponent(digest)}`;
  const headers = { "Content-Type": "application/octet-stream" };
  const response = await send(target, { method: "PUT", target: url, headers, body });
  if (response.status !== 201 && response.status !== 204)
    throw await writeFault(target.context, response);
  await response.discard();
  const stored = response.headers.get("docker-content-digest");
  if (stored !== null && stored !== digest)
    fail(
      "data-loss",
      `${target.context.name}: the registry stored ${digest} as ${stored.slice(0, 100)}`,
    );
}

/** Gives an upload up; what the registry says to that does not matter any more. */
export async function cancelUpload(target: UploadTarget, session: UploadSession): Promise<void> {
  const { signal: given, ...free } = target;
  // Who interrupts a push waits for its end.
  const signal = AbortSignal.timeout(given?.aborted ? 1000 : 5000);
  const request = { method: "DELETE", target: session.location } as const;
  await send({ ...free, signal }, request).then(
    (response) => response.discard(),
    () => undefined,
  );
}

function send(
  { site, signal }: UploadTarget,
  request: Pick<EndpointRequest, "method" | "target"> & Partial<EndpointRequest>,
): Promise<HttpResponse> {
  return site.client.request({ scopes: pushScopes(site), signal, ...request });
}
