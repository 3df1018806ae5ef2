import type { Bytes, Chunk } from "#bytes";
import { networkFault } from "./network-fault.ts";
import { createStallGuard, type StallGuard } from "./stall-guard.ts";

/** Milliseconds to wait for the other side. */
export interface Timeouts {
  /** For the first answer of a host, connecting included. */
  readonly connectMs: number;
  /** For the head of an answer once the whole request is sent. */
  readonly headersMs: number;
  /** The same for a request that only reads, where it is less. */
  readonly readMs: number;
  /** For the next bytes of a body, in either direction. */
  readonly stallMs: number;
}

/**
 * A registry may copy a large blob to its place before it answers the upload's last request, and one
 * that pulls through may begin with the bytes only when it has some.
 */
export const DEFAULT_TIMEOUTS: Timeouts = {
  connectMs: 30e3,
  headersMs: 300e3,
  readMs: 60e3,
  stallMs: 30e3,
};

export interface Tls {
  /** PEM texts of authorities, trusted beside the system's. */
  readonly ca?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized: boolean;
}

/** A body that is made while it is sent; without a size it goes out in chunks. */
export interface StreamedBody {
  readonly bytes: Bytes;
  readonly size?: number;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | StreamedBody;
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for the head of the answer; as the timeouts say when absent. */
  readonly patienceMs?: number;
  /** The body proves who the user is: no other host may see it. */
  readonly isSecret?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly url: URL;
  /** As it comes over the wire: content codings are left alone. To be read once, or discarded. */
  readonly body: Bytes;
  /** Gives the connection back without the body. */
  discard(): Promise<void>;
}

/** Sends single requests, without redirects. Fails with the signal's reason or `unavailable`. */
export interface Transport {
  send(request: HttpRequest): Promise<HttpResponse>;
}

export interface TransportOptions {
  readonly tls: Tls;
  readonly userAgent: string;
  readonly timeouts: Timeouts;
}

/** Proxies are taken from the environment by the runtime (HTTPS_PROXY, NO_PROXY …). */
export function createTransport({ tls, userAgent, timeouts }: TransportOptions): Transport {
  let session: Bun.FetchSession | undefined;
  const answered = new Set<string>();
  return {
    async send(request) {
      session ??= new Bun.FetchSession({ tls: await sessionTls(tls) });
      const guard = createStallGuard(request.signal);
      const sending: Sending = { over: Promise.withResolvers() };
      const patience = patienceFor(request, answered.has(request.url.host), timeouts);
      try {
        const limits = { ...timeouts, headersMs: patience };
        const response = await answer(session, request, guard, sending, userAgent, limits);
        answered.add(request.url.host);
        return received(request, response, guard, timeouts.stallMs);
      } catch (error) {
        guard.release();
        throw sending.failure?.error ?? faultOf(request, guard, error, answered);
      }
    },
  };
}

function patienceFor({ method, patienceMs }: HttpRequest, isKnown: boolean, timeouts: Timeouts) {
  const { connectMs, headersMs, readMs } = timeouts;
  if (patienceMs !== undefined) return patienceMs;
  if (!isKnown) return connectMs;
  return method === "GET" || method === "HEAD" ? Math.min(readMs, headersMs) : headersMs;
}

async function sessionTls(tls: Tls): Promise<Bun.TLSOptions> {
  if (!tls.rejectUnauthorized) return { ...withoutCa(tls), rejectUnauthorized: false };
  const { systemAuthorities } = await import("./system-authorities.ts");
  const ca = [...(await systemAuthorities()), ...(tls.ca ?? [])];
  return { ...withoutCa(tls), ca, rejectUnauthorized: true };
}

function withoutCa({ cert, key }: Tls): { cert?: string; key?: string } {
  return { ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
}

/** A body on its way out. */
interface Sending {
  readonly over: PromiseWithResolvers<void>;
  /** What the body's own source failed with, which is no fault of the network. */
  failure?: { readonly error: unknown };
}

async function answer(
  session: Bun.FetchSession,
  request: HttpRequest,
  guard: StallGuard,
  sending: Sending,
  userAgent: string,
  timeouts: Timeouts,
): Promise<Response> {
  request.signal?.throwIfAborted();
  const { method, url, body } = request;
  const response = session.fetch(url, {
    method,
    headers: headersOf(request, userAgent),
    ...(body !== undefined && { body: bodyOf(body, guard, sending, timeouts.stallMs) }),
    // As Go's programs, Docker among them: what loops back is behind no proxy.
    ...(isLoopback(url.hostname) && { proxy: false as const }),
    redirect: "manual",
    decompress: false,
    timeout: false,
    signal: guard.signal,
  });
  if (body !== undefined && "bytes" in body) await Promise.race([sending.over.promise, response]);
  return await guard.within(timeouts.headersMs, "timed out waiting for an answer", response);
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.[\d.]+$/.test(hostname);
}

function headersOf({ headers, body }: HttpRequest, userAgent: string): Record<string, string> {
  const size = body !== undefined && "bytes" in body ? body.size : undefined;
  return {
    "User-Agent": userAgent,
    "Accept-Encoding": "identity",
    ...(size !== undefined && { "Content-Length": String(size) }),
    ...headers,
  };
}

function bodyOf(
  body: Uint8Array | StreamedBody,
  guard: StallGuard,
  sending: Sending,
  stallMs: number,
): Bun.BodyInit {
  if (!("bytes" in body)) return body as Uint8Array<ArrayBuffer>;
  // The runtime takes any async iterable and pulls as the connection drains.
  return taken(body.bytes, guard, sending, stallMs) as unknown as Bun.BodyInit;
}

/** The body; aborts when the connection takes nothing of it for too long. */
async function* taken(
  bytes: Bytes,
  guard: StallGuard,
  sending: Sending,
  stallMs: number,
): AsyncGenerator<Chunk> {
  try {
    for await (const chunk of bytes) {
      const pulled = Promise.withResolvers<void>();
      const waiting = guard.within(stallMs, "timed out sending the body", pulled.promise);
      yield chunk;
      pulled.resolve();
      await waiting;
    }
  } catch (error) {
    sending.failure = { error };
    throw error;
  } finally {
    sending.over.resolve();
  }
}

interface BodyReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array }>;
  cancel(): Promise<void>;
}

function received(
  request: HttpRequest,
  response: Response,
  guard: StallGuard,
  stallMs: number,
): HttpResponse {
  const reader: BodyReader | undefined = response.body?.getReader();
  const close = async () => {
    guard.release();
    await reader?.cancel().catch(() => undefined);
  };
  return {
    status: response.status,
    headers: response.headers,
    url: request.url,
    body: bodyChunks(request, reader, guard, stallMs, close),
    discard: close,
  };
}

async function* bodyChunks(
  request: HttpRequest,
  reader: BodyReader | undefined,
  guard: StallGuard,
  stallMs: number,
  close: () => Promise<void>,
): AsyncGenerator<Chunk> {
  try {
    while (reader !== undefined) {
      const { done, value } = await guard.within(stallMs, "timed out reading", reader.read());
      if (done || value === undefined) return;
      yield value;
    }
  } catch (error) {
    throw faultOf(request, guard, error, new Set([request.url.host]));
  } finally {
    await close();
  }
}

function faultOf(
  request: HttpRequest,
  guard: StallGuard,
  error: unknown,
  answered: ReadonlySet<string>,
): unknown {
  if (request.signal?.aborted) return request.signal.reason;
  const isKnown = answered.has(request.url.host);
  return networkFault({ ...request, isKnown }, guard.signal.reason ?? error);
}
