import { fail } from "#errors";
import type { SearchResult } from "#remote";
import type { CommandContext } from "../context.ts";
import { type FilterValues, filterFlag } from "../filter-flag.ts";
import { defineCommand } from "../flags/index.ts";
import { type Column, ellipsis, formatRows, showText } from "../output/index.ts";

const HUB = "docker.io";
/** Hub's; the catalogue of another registry is shown whole. */
const DEFAULT_LIMIT = 25;
/** The most that Hub gives. */
const HUB_LIMIT = 100;
const DESCRIPTION_WIDTH = 45;

export default defineCommand({
  usage: "[OPTIONS] TERM",
  summary: "Search Docker Hub, or another registry, for images",
  description: `HOST[:PORT]/TERM searches the catalogue of another registry, HOST[:PORT]/ shows all of
it. With --tags the term is the name of a repository, whose tags are listed.`,
  args: { min: 1, max: 1 },
  flags: {
    filter: { ...filterFlag, short: "f" },
    format: { type: "string", help: "Pretty-print search using a Go template" },
    limit: { type: "int", default: 0, help: "Max number of search results" },
    noTrunc: { type: "bool", help: "Don't truncate output" },
    tags: { type: "bool", help: "List the tags of a repository" },
  },
  async run(context: CommandContext, { flags, args: [term = ""] }): Promise<number> {
    const { filter = {}, format, limit, noTrunc } = flags;
    if (flags.tags) return await listTags(context, term, limit);
    const matches = parseFilters(filter);
    const query = parseTerm(term);
    checkLimit(query.registry, limit);
    const remote = await context.remote();
    const most = query.registry === HUB ? DEFAULT_LIMIT : Number.MAX_SAFE_INTEGER;
    const options = { signal: context.interruption(), limit: limit > 0 ? limit : most };
    const found = await remote.search(query.registry, query.term, options);
    const text = await formatRows({ format }, columns(noTrunc), found.filter(matches));
    showText(context.stdout, text);
    return 0;
  },
});

/** The first part names a registry when it looks like a host, as in the name of an image. */
function parseTerm(text: string): { registry: string; term: string } {
  const slash = text.indexOf("/");
  const host = text.slice(0, Math.max(slash, 0));
  const rest = text.slice(slash + 1);
  if (host === HUB || host === "index.docker.io") return { registry: HUB, term: hubTerm(rest) };
  if (/[.:]/.test(host) || host === "localhost") return { registry: host, term: rest };
  return { registry: HUB, term: hubTerm(text) };
}

function hubTerm(text: string): string {
  return text.replace(/^library\//, "");
}

function checkLimit(registry: string, limit: number): void {
  if (registry === HUB && limit > HUB_LIMIT)
    fail("invalid-argument", `Limit ${limit} is outside the range of [1, ${HUB_LIMIT}]`);
}

type Matches = (result: SearchResult) => boolean;

function parseFilters(filters: FilterValues): Matches {
  const all = Object.entries(filters).flatMap(([key, values]) =>
    values.map((value) => parseFilter(key, value)),
  );
  return (result) => all.every((matches) => matches(result));
}

function parseFilter(key: string, value: string): Matches {
  switch (key) {
    case "is-official": {
      const wanted = parseFlag(key, value);
      return ({ isOfficial }) => isOfficial === wanted;
    }
    case "is-automated": {
      const wanted = parseFlag(key, value);
      return () => !wanted;
    }
    case "stars": {
      if (!/^\d+$/.test(value)) fail("invalid-argument", `invalid filter 'stars=${value}'`);
      return ({ stars }) => stars >= Number(value);
    }
    default:
      return fail("invalid-argument", `invalid filter '${key}'`);
  }
}

function parseFlag(key: string, value: string): boolean {
  if (/^(?:1|t|true)$/i.test(value)) return true;
  if (/^(?:0|f|false)$/i.test(value)) return false;
  return fail("invalid-argument", `invalid filter '${key}=[${value}]'`);
}

function columns(whole: boolean): Column<SearchResult>[] {
  const description = (text: string) => {
    const line = text.replace(/[\r\n]/g, " ");
    return whole ? line : ellipsis(line, DESCRIPTION_WIDTH);
  };
  return [
    { key: "Name", header: "NAME", value: ({ name }) => name },
    {
      ...{ key: "Description", header: "DESCRIPTION" },
      value: (result) => description(result.description),
    },
    { key: "StarCount", header: "STARS", value: ({ stars }) => String(stars) },
    {
      ...{ key: "IsOfficial", header: "OFFICIAL" },
      value: ({ isOfficial }) => (isOfficial ? "[OK]" : ""),
      json: ({ isOfficial }) => String(isOfficial),
    },
  ];
}

/** As they come, a line each. */
async function listTags(context: CommandContext, name: string, limit: number): Promise<number> {
  const { familiarName, parseReference } = await import("#oci");
  const reference = parseReference(name);
  if (reference.tag || reference.digest)
    fail(
      "invalid-argument",
      `${name} names an image: give the repository ${familiarName(reference)}`,
    );
  const remote = await context.remote();
  const signal = context.interruption();
  const { withNameHint } = await import("../name-hint.ts");
  await withNameHint(reference, { remote }, async () => {
    let left = limit > 0 ? limit : Number.POSITIVE_INFINITY;
    for await (const tag of remote.repository(reference).tags({ signal })) {
      showText(context.stdout, `${tag}\n`);
      left -= 1;
      if (left === 0) break;
    }
  });
  return 0;
}
