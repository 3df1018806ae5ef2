import { fail } from "#errors";
import { repositoryScope } from "../auth/scope.ts";
import type { RepositoryContext, Site } from "../client/sites.ts";
import { readFault } from "../manifests/read-fault.ts";
import { PassingFault } from "../passing-fault.ts";
import { printable } from "../transport/printable.ts";
import { followRedirects } from "../transport/redirects.ts";
import { statusFault } from "../transport/status-fault.ts";
import type { HttpResponse } from "../transport/transport.ts";
import { parseUrl } from "../transport/urls.ts";
import { rangeHeader, type Wanted } from "./blob-response.ts";

/** Asks a registry for a part of a blob (distribution spec, "Pulling blobs"). */
export async function askSite(
  context: RepositoryContext,
  site: Site,
  digest: string,
  wanted: Wanted,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  const response = await site.client.request({
    method: "GET",
    target: `${site.repository}/blobs/${digest}`,
    scopes: [repositoryScope(site.repository, "pull")],
    headers: rangeHeader(wanted),
    signal,
  });
  if (isFound(response)) return response;
  if (response.url.origin !== (await site.client.origin()).origin)
    throw await storageFault(response, wanted.name);
  throw await readFault(context, response, { what: wanted.name });
}

/** Where a registry redirects to is for a moment only: asked again, it gives another place. */
async function storageFault(response: HttpResponse, name: string): Promise<PassingFault> {
  const fault = await statusFault(response, `${name} at ${response.url.host}`);
  return fault instanceof PassingFault ? fault : new PassingFault(fault.kind, fault.message);
}

/** Asks for a layer that registries may not have (`urls`), as nobody: that host is none of ours. */
export async function askUrl(
  { foreign }: RepositoryContext,
  text: string,
  wanted: Wanted,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  const url = parseUrl(text);
  if (url === undefined)
    return fail(
      "unsupported",
      `${wanted.name} is to be had at ${printable(text)}, which is no URL of http or https`,
    );
  url.username = "";
  url.password = "";
  const request = { method: "GET", url, headers: rangeHeader(wanted), signal };
  const response = await followRedirects(foreign, request, { allowsPlainHttp: false });
  if (isFound(response)) return response;
  throw await statusFault(response, wanted.name);
}

function isFound({ status }: HttpResponse): boolean {
  return status === 200 || status === 206;
}
