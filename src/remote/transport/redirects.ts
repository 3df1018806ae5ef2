import { KindedError } from "#errors";
import { printableUrl } from "./printable.ts";
import type { HttpRequest, HttpResponse, Transport } from "./transport.ts";
import { parseUrl } from "./urls.ts";

const MOST_REDIRECTS = 10;
const KEEPS_METHOD = new Set([307, 308]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Sends a request to where it is redirected to. What proves who the user is stays with the host it
 * was meant for, and encryption is not given up on the way. Redirects of anything but reading are
 * followed only where they keep method and body.
 */
export async function followRedirects(
  transport: Transport,
  request: HttpRequest,
  { allowsPlainHttp }: { allowsPlainHttp: boolean },
): Promise<HttpResponse> {
  let current = request;
  for (let redirects = 0; ; redirects++) {
    const response = await transport.send(current);
    const location = response.headers.get("location");
    if (location === null || !isFollowed(response.status, current)) return response;
    await response.discard();
    if (redirects === MOST_REDIRECTS) throw wrong(current.url, "redirects too often");
    current = { ...current, ...nextHop(location, current, allowsPlainHttp) };
  }
}

function isFollowed(status: number, { method, body }: HttpRequest): boolean {
  if (method === "GET" || method === "HEAD") return REDIRECTS.has(status);
  return KEEPS_METHOD.has(status) && (body === undefined || !("bytes" in body));
}

function nextHop(
  location: string,
  { url: from, headers, isSecret = false }: HttpRequest,
  allowsPlainHttp: boolean,
): Pick<HttpRequest, "url" | "headers"> {
  const url = parseUrl(location, from);
  if (url === undefined) throw wrong(from, "redirects to what is no URL");
  if (url.protocol === "http:" && from.protocol === "https:" && !allowsPlainHttp)
    throw wrong(from, `redirects to ${printableUrl(url)}, which is not encrypted`);
  if (url.origin === from.origin) return { url, headers };
  if (isSecret)
    throw wrong(
      from,
      `redirects to ${printableUrl(url)}; no credential is sent on to another host`,
    );
  const { Authorization: _, ...others } = headers;
  return { url, headers: others };
}

function wrong(url: URL, what: string): KindedError {
  return new KindedError("unavailable", `${printableUrl(url)} ${what}`);
}
