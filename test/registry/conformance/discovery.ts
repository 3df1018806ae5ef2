import { expect } from "bun:test";
import { pushImage, putManifest } from "./content.ts";
import { codesOf, jsonOf, type Peer } from "./peer.ts";
import type { RegistryCase } from "./registry-case.ts";

const section = "Listing Tags";
/** In the spec's order: letters count the same, large or small. */
const tagged = ["A", "b", "b-1", "b.0", "B10", "b_1", "latest", "v1", "v10", "v2"];

/** Spec, "Listing Tags", and Docker's catalog, which the spec leaves to registries. */
export const discovery: readonly RegistryCase[] = [
  {
    section,
    name: "all tags, in order, with the repository's name",
    async run(peer) {
      await pushTags(peer);
      const answer = await peer.ask("GET", "tags/list");
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toStartWith("application/json");
      expect(jsonOf<unknown>(answer)).toEqual({ name: peer.repository, tags: tagged });
      expect(answer.headers.has("link")).toBe(false);
    },
  },
  {
    section,
    name: "n and last give a page",
    async run(peer) {
      await pushTags(peer);
      expect(await tagsAt(peer, "tags/list?n=3")).toEqual(tagged.slice(0, 3));
      expect(await tagsAt(peer, "tags/list?last=b")).toEqual(tagged.slice(2));
      expect(await tagsAt(peer, "tags/list?n=2&last=b.0")).toEqual(tagged.slice(4, 6));
      expect(await tagsAt(peer, "tags/list?n=0")).toEqual([]);
      expect(await tagsAt(peer, "tags/list?n=100")).toEqual(tagged);
      expect(await tagsAt(peer, "tags/list?last=zzz")).toEqual([]);
    },
  },
  {
    section,
    name: "last need not be a tag",
    async run(peer) {
      await pushTags(peer);
      expect(await tagsAt(peer, "tags/list?last=b-2&n=1")).toEqual(["b.0"]);
    },
  },
  {
    section,
    name: "Link leads from page to page through all of them, and ends",
    async run(peer) {
      await pushTags(peer);
      const seen: string[] = [];
      let next: string | undefined = "tags/list?n=4";
      for (let pages = 0; next !== undefined && pages < 10; pages += 1) {
        const answer = await peer.ask("GET", next);
        seen.push(...jsonOf<{ tags: string[] }>(answer).tags);
        const target = /^<([^>]+)>; *rel="?next"?$/.exec(answer.headers.get("link") ?? "")?.[1];
        next =
          target &&
          new URL(target, new URL("tags/list", `${peer.registry}/v2/${peer.repository}/`)).href;
      }
      expect(seen).toEqual(tagged);
      expect(next).toBeUndefined();
    },
  },
  {
    section,
    name: "a page size that is none is refused or ignored",
    async run(peer) {
      await pushTags(peer);
      for (const n of ["-1", "x", "1e999", "99999999999999999999"])
        expect((await peer.ask("GET", `tags/list?n=${n}`)).status).toBeOneOf([200, 400]);
    },
  },
  {
    section,
    name: "an unknown repository is 404, one whose tags are gone is not",
    async run(peer) {
      const answer = await peer.ask("GET", "tags/list");
      expect([answer.status, ...codesOf(answer)]).toEqual([404, "NAME_UNKNOWN"]);
      await pushImage(peer, "only");
      await peer.ask("DELETE", "manifests/only");
      expect(await tagsAt(peer, "tags/list")).toEqual([]);
    },
  },
  {
    section: "_catalog",
    name: "names repositories, page by page",
    async run(peer) {
      const names = ["a", "a/b", "a-b"].map(
        (name) => `catalog-${peer.repository.slice(5)}/${name}`,
      );
      for (const name of names) await pushImage(peer.beside(name), "x");
      const sorted = names.toSorted();
      const before = sorted[0]?.slice(0, -1) ?? "";
      const answer = await peer.ask("GET", `/v2/_catalog?last=${before}&n=3`);
      expect(jsonOf<{ repositories: string[] }>(answer).repositories).toEqual(sorted);
      const rest = await peer.ask("GET", `/v2/_catalog?last=${sorted[0]}&n=1`);
      expect(jsonOf<unknown>(rest)).toEqual({ repositories: [sorted[1]] });
    },
  },
];

async function pushTags(peer: Peer): Promise<void> {
  const { bytes } = await pushImage(peer);
  for (const tag of tagged.toReversed()) await putManifest(peer, tag, bytes);
}

async function tagsAt(peer: Peer, path: string): Promise<string[]> {
  const answer = await peer.ask("GET", path);
  expect(answer.status).toBe(200);
  return jsonOf<{ tags: string[] }>(answer).tags;
}
