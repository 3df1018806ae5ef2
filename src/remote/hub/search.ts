import { collect } from "#bytes";
import { fail } from "#errors";
import type { EndpointClient } from "../client/endpoint-client.ts";
import type { RepositoryContext } from "../client/sites.ts";
import { listRepositories } from "../manifests/lists.ts";
import type { SearchOptions, SearchResult } from "../remote.ts";
import { type RetryContext, retry } from "../retry.ts";
import { printable } from "../transport/printable.ts";
import { statusFault } from "../transport/status-fault.ts";

const DEFAULT_LIMIT = 25;
const MOST_RESULTS = 100;
const MOST_BYTES = 4 << 20;

/** Hub's own search, `/v1/search`. */
export async function searchHub(
  client: EndpointClient,
  term: string,
  limit: number | undefined,
  context: RetryContext,
): Promise<readonly SearchResult[]> {
  const count = Math.min(limit ?? DEFAULT_LIMIT, MOST_RESULTS);
  const query = `q=${encodeURIComponent(term)}&n=${count}`;
  return await retry(context, async () => {
    const target = new URL(`/v1/search?${query}`, await client.origin(context.signal));
    const response = await client.request({
      method: "GET",
      target,
      scopes: [],
      signal: context.signal,
    });
    if (response.status !== 200)
      throw await statusFault(response, `cannot search for ${printable(term)}`);
    return resultsIn(await collect(response.body, MOST_BYTES)).slice(0, count);
  });
}

function resultsIn(bytes: Uint8Array): SearchResult[] {
  const { results } = parsed(bytes);
  if (!Array.isArray(results))
    return fail("data-loss", "the search answered with what is no result");
  return results.map((result: unknown) => {
    const { name, description, star_count: stars, is_official: official } = Object(result);
    return {
      name: text(name),
      description: text(description),
      stars: Number.isSafeInteger(stars) ? stars : 0,
      isOfficial: official === true,
    };
  });
}

function parsed(bytes: Uint8Array): Record<string, unknown> {
  try {
    return Object(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return {};
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? printable(value) : "";
}

/** What stands in for a search on every other registry. */
export async function searchCatalog(
  context: RepositoryContext,
  term: string,
  { limit = DEFAULT_LIMIT, signal }: SearchOptions,
): Promise<readonly SearchResult[]> {
  const found: SearchResult[] = [];
  for await (const name of listRepositories(context, signal === undefined ? {} : { signal })) {
    if (!name.includes(term.toLowerCase())) continue;
    found.push({ name, description: "", stars: 0, isOfficial: false });
    if (found.length >= limit) break;
  }
  return found;
}
