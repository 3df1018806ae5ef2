import { afterEach, beforeEach, expect, test } from "bun:test";
import { digestOf, mediaTypes } from "#oci";
import {
  descriptorOf,
  imageOf,
  openTestRegistry,
  type Sent,
  type TestRegistry,
} from "./testing/test-registry.ts";

let registry: TestRegistry;
beforeEach(async () => {
  registry = await openTestRegistry();
});
afterEach(() => registry[Symbol.asyncDispose]());

const linkOf = ({ headers }: Sent) => /^<(.+)>; rel="next"$/.exec(headers.get("link") ?? "")?.[1];

/** All pages' lists, one after the other. */
async function pages(path: string, list: string): Promise<unknown[][]> {
  const found: unknown[][] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const page: Sent = await registry.send("GET", next);
    expect(page.status).toBe(200);
    found.push(page.json[list] as unknown[]);
    next = linkOf(page);
  }
  return found;
}

test("tags, page by page", async () => {
  for (const tag of ["b", "a", "C", "d", "e"]) await registry.image("x/y", tag, "layer");
  const all = ["a", "b", "C", "d", "e"];
  const got = await registry.send("GET", "/v2/x/y/tags/list");
  expect(got.json).toEqual({ name: "x/y", tags: all });
  expect(linkOf(got)).toBeUndefined();
  expect(await pages("/v2/x/y/tags/list?n=2", "tags")).toEqual([["a", "b"], ["C", "d"], ["e"]]);
  expect(await pages("/v2/x/y/tags/list?n=5", "tags")).toEqual([all]);
  expect(await pages("/v2/x/y/tags/list?n=0", "tags")).toEqual([[]]);
  expect(await pages("/v2/x/y/tags/list?last=b", "tags")).toEqual([["C", "d", "e"]]);
});

test.each(["-1", "x", "1.5", "", "9".repeat(20)])("n=%s is refused", async (n) => {
  await registry.image("x", "1");
  for (const path of ["/v2/x/tags/list", "/v2/_catalog"]) {
    const { status, code } = await registry.send("GET", `${path}?n=${n}`);
    expect([status, code]).toEqual([400, "PAGINATION_NUMBER_INVALID"]);
  }
});

test("tags of nothing", async () => {
  expect((await registry.send("GET", "/v2/x/tags/list")).code).toBe("NAME_UNKNOWN");
  await registry.blob("x", "blob");
  expect((await registry.send("GET", "/v2/x/tags/list")).json).toEqual({
    name: "x",
    tags: [],
  });
});

test("the catalogue, page by page", async () => {
  for (const name of ["b/c", "a", "b"]) await registry.image(name, "1");
  expect(await pages("/v2/_catalog", "repositories")).toEqual([["a", "b", "b/c"]]);
  expect(await pages("/v2/_catalog?n=2", "repositories")).toEqual([["a", "b"], ["b/c"]]);
});

const referrer = (subject: string, text: string, artifactType = "type/a") => ({
  ...imageOf(),
  ...{ artifactType, subject: descriptorOf(subject), annotations: { text } },
});

test("referrers, before and after their subject is pushed", async () => {
  const path = `/v2/x/referrers/${digestOf("subject")}`;
  const empty = await registry.send("GET", path);
  expect(empty.headers.get("content-type")).toBe(mediaTypes.ociIndex);
  expect(empty.json).toEqual({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [],
  });
  await registry.blob("x", "{}");
  const put = await registry.put("x", "sig", referrer("subject", "1"));
  expect(put.headers.get("oci-subject")).toBe(digestOf("subject"));
  const json = JSON.stringify(referrer("subject", "1"));
  expect((await registry.send("GET", path)).json.manifests).toEqual([
    {
      ...descriptorOf(json),
      artifactType: "type/a",
      annotations: { text: "1" },
    },
  ]);
  await registry.send("DELETE", `/v2/x/manifests/${digestOf(json)}`);
  expect((await registry.send("GET", path)).json.manifests).toEqual([]);
});

test("an image's artifact type is its config's media type, an index has none", async () => {
  await registry.blob("x", "{}");
  const { artifactType: _, ...image } = referrer("subject", "1");
  await registry.put("x", "1", image);
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] };
  await registry.put("x", "2", { ...index, subject: descriptorOf("subject") });
  const { json } = await registry.send("GET", `/v2/x/referrers/${digestOf("subject")}`);
  const types = (json.manifests as { artifactType?: string }[]).map((one) => one.artifactType);
  expect(types.sort()).toEqual([mediaTypes.ociConfig, undefined]);
});

test("referrers of one artifact type", async () => {
  await registry.blob("x", "{}");
  for (const type of ["type/a", "type/b+json"])
    await registry.put("x", type.replace(/\W/g, ""), referrer("subject", type, type));
  const path = `/v2/x/referrers/${digestOf("subject")}`;
  const all = await registry.send("GET", path);
  expect(all.headers.has("oci-filters-applied")).toBe(false);
  expect(all.json.manifests).toHaveLength(2);
  const some = await registry.send("GET", `${path}?artifactType=type%2Fb%2Bjson`);
  expect(some.headers.get("oci-filters-applied")).toBe("artifactType");
  expect(some.json.manifests).toMatchObject([{ artifactType: "type/b+json" }]);
});

test("many referrers come in pages that clients can take", async () => {
  await registry.blob("x", "{}");
  const note = "n".repeat(1_500_000);
  for (const text of ["1", "2", "3", "4", "5"])
    await registry.put("x", text, referrer("subject", text + note));
  const path = `/v2/x/referrers/${digestOf("subject")}?artifactType=type%2Fa`;
  const found = await pages(path, "manifests");
  expect(found.map((page) => page.length)).toEqual([2, 2, 1]);
  expect(new Set(found.flat().map((one) => (one as { digest: string }).digest)).size).toBe(5);
});

test("what clients noted in the fallback tag is a referrer as well, once", async () => {
  await registry.blob("x", "{}");
  await registry.put("x", "new", referrer("subject", "new"));
  const { subject: _, ...old } = referrer("subject", "old");
  await registry.put("x", "old", old);
  const entries = [referrer("subject", "new"), old, { gone: true }].map((document) => ({
    ...descriptorOf(JSON.stringify(document)),
    artifactType: "type/a",
  }));
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: entries };
  const subject = digestOf("subject");
  await registry.put("x", subject.replace(":", "-"), index);
  const list = async (query: string) => {
    const { json } = await registry.send("GET", `/v2/x/referrers/${subject}${query}`);
    return (json.manifests as { digest: string }[]).map(({ digest }) => digest).sort();
  };
  const expected = [entries[0]!.digest, entries[1]!.digest].sort();
  expect(await list("")).toEqual(expected);
  expect(await list("?artifactType=type%2Fa")).toEqual(expected);
  expect(await list("?artifactType=type%2Fb")).toEqual([]);
});
