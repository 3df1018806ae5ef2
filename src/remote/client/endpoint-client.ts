import { fail } from "#errors";
import { createAuthenticator } from "../auth/authenticator.ts";
import type { Scope } from "../auth/scope.ts";
import { createTokenCache, type TokenCache } from "../auth/token-cache.ts";
import { fetchToken, type Send } from "../auth/token-service.ts";
import type { Credential } from "../credential.ts";
import { lowQuota } from "../hub/quota.ts";
import type { Endpoint } from "../registries-config.ts";
import type { RemoteNotice } from "../remote.ts";
import { followRedirects } from "../transport/redirects.ts";
import {
  createTransport,
  type HttpResponse,
  type StreamedBody,
  type Timeouts,
} from "../transport/transport.ts";
import { parseUrl } from "../transport/urls.ts";
import { createProtocolChoice } from "./protocol-choice.ts";

export interface EndpointRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** What comes after `/v2/`, or a URL that the registry gave. */
  readonly target: string | URL;
  readonly scopes: readonly Scope[];
  readonly headers?: Readonly<Record<string, string>>;
  /** A streamed body is sent once: a 401 to it is the caller's. */
  readonly body?: Uint8Array | StreamedBody;
  readonly signal?: AbortSignal | undefined;
}

/** Talks to one host: protocol, certificates, proof of who the user is, redirects. */
export interface EndpointClient {
  /** For credentials and messages: `docker.io`, `localhost:5000`. */
  readonly name: string;
  /** The answer, whatever its status. */
  request(request: EndpointRequest): Promise<HttpResponse>;
  /** Where the registry is: `https://host`. */
  origin(signal?: AbortSignal): Promise<URL>;
}

export interface EndpointClientOptions {
  readonly endpoint: Endpoint;
  readonly name: string;
  credential(repository: string | undefined): Promise<Credential | undefined>;
  readonly userAgent: string;
  readonly timeouts: Timeouts;
  readonly onNotice?: ((notice: RemoteNotice) => void) | undefined;
  /** Asks for refresh tokens and gives what it gets, as `login` needs. */
  readonly onRefreshToken?: (token: string) => void;
}

/** A challenge, and one more when the scope it asked for was too narrow. */
const MOST_CHALLENGES = 2;

/** As long as Docker waits for a TLS handshake. */
const HANDSHAKE_MS = 10_000;

export function createEndpointClient(options: EndpointClientOptions): EndpointClient {
  const { endpoint, name, userAgent, timeouts } = options;
  const transport = createTransport({ tls: tlsOf(endpoint), userAgent, timeouts });
  const handshakeMs = Math.min(HANDSHAKE_MS, timeouts.connectMs);
  const choice = createProtocolChoice(endpoint, transport, handshakeMs);
  const send: Send = (request) =>
    followRedirects(transport, request, { allowsPlainHttp: choice.isPlain() || endpoint.insecure });
  const authenticator = createAuthenticator({
    tokens: tokensBy(send, options),
    credential: options.credential,
    allowsPlainHttp: () => choice.isPlain() || endpoint.insecure,
  });

  const tellQuota = quotaTeller(options);
  const request = async (asked: EndpointRequest): Promise<HttpResponse> => {
    const origin = await choice.origin(asked.signal);
    const url =
      typeof asked.target === "string" ? new URL(`/v2/${asked.target}`, origin) : asked.target;
    const isOwn = url.origin === origin.origin;
    for (let challenges = 0; ; challenges++) {
      const proof = isOwn
        ? await authenticator.authorization(asked.scopes, asked.signal)
        : undefined;
      const headers = { ...asked.headers, ...(proof !== undefined && { Authorization: proof }) };
      const response = await send({ ...asked, url, headers });
      tellQuota(response.headers);
      if (response.status !== 401 || !isOwn || challenges === MOST_CHALLENGES) return response;
      const header = response.headers.get("www-authenticate") ?? "";
      const goesOn = await authenticator.challenged(header, asked.scopes, challenges > 0);
      if (!goesOn || isStreamed(asked)) return response;
      await response.discard();
    }
  };
  return { name, request, origin: choice.origin };
}

function tokensBy(send: Send, { onRefreshToken }: EndpointClientOptions): TokenCache {
  return createTokenCache(async (request) => {
    const token = await fetchToken(send, { ...request, offline: onRefreshToken !== undefined });
    if (token.refreshToken !== undefined) onRefreshToken?.(token.refreshToken);
    return token;
  });
}

/** Tells once that little is left. */
function quotaTeller({ onNotice }: EndpointClientOptions): (headers: Headers) => void {
  let isTold = false;
  return (headers) => {
    const quota = isTold ? undefined : lowQuota(headers);
    if (quota === undefined) return;
    isTold = true;
    onNotice?.(quota);
  };
}

function isStreamed({ body }: EndpointRequest): boolean {
  return body !== undefined && "bytes" in body;
}

function tlsOf({ insecure, ca, clientCertificate }: Endpoint) {
  return {
    rejectUnauthorized: !insecure,
    ...(ca !== undefined && { ca }),
    ...(clientCertificate && { cert: clientCertificate.certificate, key: clientCertificate.key }),
  };
}

/** A URL that a registry gave, absolute or relative to the one it answered for. */
export function givenUrl(text: string, response: HttpResponse): URL {
  const url = parseUrl(text, response.url);
  if (url === undefined)
    return fail("unavailable", `${response.url.host} answered with a location that is no URL`);
  // A proxy that ends TLS before the registry leaves it thinking that it is spoken to by http.
  if (response.url.protocol === "https:") url.protocol = "https:";
  return url;
}
