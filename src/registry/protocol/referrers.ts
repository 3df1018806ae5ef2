import { type Descriptor, type Digest, mediaTypes } from "#oci";
import type { Exchange } from "./exchange.ts";
import { fallbackReferrers } from "./fallback-tag.ts";
import { digestFrom } from "./parse-digest.ts";

const PAGE = 1000;
/** Clients take no index that is larger (OCI distribution spec, "Listing Referrers"). */
const MOST_BYTES = 4 << 20;

/** GET `/v2/NAME/referrers/DIGEST`. */
export async function listReferrers(
  exchange: Exchange,
  repository: string,
  reference: string,
): Promise<Response> {
  await exchange.authorize({ repository, action: "pull" });
  const subject = digestFrom(reference);
  const { query, options } = exchange;
  const { records } = options;
  const artifactType = query.get("artifactType") || undefined;
  const filter = artifactType === undefined ? {} : { artifactType };
  const last = query.get("last") ?? "";
  const page = { ...filter, n: PAGE, mostBytes: MOST_BYTES, last };
  const found = await records.referrers(repository, subject, page);
  const end = found.at(-1)?.digest;
  const rest =
    end && (await records.referrers(repository, subject, { ...filter, n: 1, last: end }));
  if (end && rest && rest.length > 0)
    return respond(found, query, nextPage(repository, subject, query, end));
  const others = await fallbackReferrers(records, repository, subject);
  const fitting = others.filter((other) => !artifactType || other.artifactType === artifactType);
  return respond([...found, ...fitting], query);
}

function nextPage(
  repository: string,
  subject: Digest,
  query: URLSearchParams,
  last: Digest,
): Record<string, string> {
  const next = new URLSearchParams(query);
  next.set("last", last);
  return { Link: `</v2/${repository}/referrers/${subject}?${next}>; rel="next"` };
}

function respond(
  manifests: readonly Descriptor[],
  query: URLSearchParams,
  link: Record<string, string> = {},
): Response {
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  const headers = {
    ...link,
    "Content-Type": mediaTypes.ociIndex,
    ...(query.get("artifactType") && { "OCI-Filters-Applied": "artifactType" }),
  };
  return new Response(JSON.stringify(index), { headers });
}
