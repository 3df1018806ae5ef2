import type { Page } from "../records.ts";
import type { Exchange } from "./exchange.ts";
import { refuse } from "./registry-error.ts";

/** The most names of one page, asked for or not. */
const MOST = 10_000;

/** GET `/v2/_catalog`. */
export async function listCatalog(exchange: Exchange): Promise<Response> {
  await exchange.authorize({ action: "catalog" });
  const page = pageOf(exchange.query);
  const names = await exchange.options.records.repositories(oneMore(page));
  const { shown, link } = cut(names, page, "/v2/_catalog");
  return Response.json({ repositories: shown }, { headers: link });
}

/** GET `/v2/NAME/tags/list`. */
export async function listTags(exchange: Exchange, repository: string): Promise<Response> {
  await exchange.authorize({ repository, action: "pull" });
  const page = pageOf(exchange.query);
  const tags = await exchange.options.records.tags(repository, oneMore(page));
  if (!tags)
    return refuse("NAME_UNKNOWN", "repository name not known to registry", {
      detail: { name: repository },
    });
  const { shown, link } = cut(tags, page, `/v2/${repository}/tags/list`);
  return Response.json({ name: repository, tags: shown }, { headers: link });
}

function pageOf(query: URLSearchParams): Page & { n: number } {
  const n = query.get("n");
  const last = query.get("last");
  if (n !== null && !/^\d{1,9}$/.test(n))
    refuse("PAGINATION_NUMBER_INVALID", "invalid number of results requested");
  return { n: Math.min(n === null ? MOST : Number(n), MOST), ...(last !== null && { last }) };
}

function oneMore(page: Page & { n: number }): Page {
  return { ...page, n: page.n + 1 };
}

function cut(names: readonly string[], { n }: Page & { n: number }, path: string) {
  const shown = names.slice(0, n);
  const last = shown.at(-1);
  if (names.length <= n || last === undefined) return { shown, link: {} };
  const next = `${path}?${new URLSearchParams({ n: `${n}`, last })}`;
  return { shown, link: { Link: `<${next}>; rel="next"` } };
}
