import { collect } from "#bytes";
import { fail, kindOf } from "#errors";
import type { EndpointRequest } from "../client/endpoint-client.ts";
import { type Attempt, type RepositoryContext, type Site, writing } from "../client/sites.ts";
import type { HttpResponse } from "../transport/transport.ts";
import { parseUrl } from "../transport/urls.ts";

const MOST_PAGE_BYTES = 8 << 20;
const MOST_PAGES = 10_000;

export interface PagesOptions extends Omit<Attempt, "byDigest"> {
  request(site: Site): Omit<EndpointRequest, "method">;
  /** What an answer that is not 200 means. */
  fault(response: HttpResponse): Promise<Error>;
}

/** One page's JSON object, and the headers it came with. */
export interface Page {
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
}

/** A list page by page, as `Link: <…>; rel="next"` leads (RFC 8288), on the same host alone. */
export async function* pages(
  context: RepositoryContext,
  options: PagesOptions,
): AsyncGenerator<Page> {
  const seen = new Set<string>();
  let next: URL | undefined;
  do {
    const { page, url, link } = await writing(context, options, (site) =>
      readPage(site, options, next),
    );
    yield page;
    seen.add(url.href);
    next = link === undefined ? undefined : checkedLink(link, url);
    if (next !== undefined && (seen.has(next.href) || seen.size >= MOST_PAGES))
      fail("data-loss", `${context.name}: the pages of the registry's list never end`);
  } while (next !== undefined);
}

async function readPage(site: Site, options: PagesOptions, next: URL | undefined) {
  const request = options.request(site);
  const target = next ?? request.target;
  const response = await site.client.request({
    ...request,
    method: "GET",
    target,
    signal: options.signal,
  });
  if (response.status !== 200) throw await options.fault(response);
  const page: Page = { body: await jsonBody(response), headers: response.headers };
  return { page, url: response.url, link: nextLink(response.headers.get("link")) };
}

async function jsonBody(response: HttpResponse): Promise<Record<string, unknown>> {
  const host = response.url.host;
  try {
    const text = new TextDecoder().decode(await collect(response.body, MOST_PAGE_BYTES));
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null) return body as Record<string, unknown>;
  } catch (error) {
    if (kindOf(error) === "resource-exhausted")
      fail(
        "resource-exhausted",
        `${host} answered with a page of more than ${MOST_PAGE_BYTES} bytes`,
      );
    if (!(error instanceof SyntaxError)) throw error;
  }
  return fail("data-loss", `${host} answered with what is no JSON object`);
}

function nextLink(header: string | null): string | undefined {
  const links = header?.matchAll(/<([^>]*)>([^,]*)/g) ?? [];
  for (const [, link, parameters] of links)
    if (/;\s*rel\s*=\s*"?next"?\s*(;|$)/i.test(parameters ?? "")) return link;
  return undefined;
}

function checkedLink(link: string, from: URL): URL {
  const url = parseUrl(link, from);
  // A proxy before the registry may have ended TLS: the host counts.
  if (url?.host === from.host) url.protocol = from.protocol;
  if (url === undefined || url.origin !== from.origin)
    return fail("data-loss", `${from.host} sends to another host for its next page`);
  return url;
}
