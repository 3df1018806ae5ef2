import { afterEach, beforeEach, expect, test } from "bun:test";
import { digestOf } from "#oci";
import { createRemote } from "#remote";
import { createAuthorizer } from "../access/create-authorizer.ts";
import { parseRules } from "../access/rules.ts";
import { createRegistry } from "../create-registry.ts";
import { openTestRegistry, type TestRegistry } from "../testing/test-registry.ts";
import { createPullThrough, type PullThroughOptions } from "./pull-through.ts";
import { parseUpstream } from "./upstream.ts";

let origin: TestRegistry;
let cache: TestRegistry;
let server: Bun.Server<undefined>;
/** What upstream was asked for. */
let asked: string[];
/** Answers in place of upstream. */
let instead: ((request: Request) => Response | undefined) | undefined;
let time: number;
let notes: string[];

beforeEach(async () => {
  [origin, cache] = [await openTestRegistry(), await openTestRegistry()];
  [asked, notes, instead, time] = [[], [], undefined, 0];
  server = Bun.serve({
    ...{ port: 0, hostname: "127.0.0.1" },
    fetch(request) {
      asked.push(`${request.method} ${new URL(request.url).pathname}`);
      return instead?.(request) ?? origin.registry.fetch(request);
    },
  });
});
afterEach(async () => {
  await server.stop(true);
  await origin[Symbol.asyncDispose]();
  await cache[Symbol.asyncDispose]();
});

function proxy(options: Partial<PullThroughOptions> = {}) {
  const upstream = parseUpstream(server.url.href);
  const location = server.url.host;
  const remote = createRemote({
    credentials: { find: async () => undefined },
    registries: upstream.configured({
      access: async ({ repository }) => ({
        endpoints: [{ location, repository, insecure: true }],
        blocked: false,
      }),
    }),
    retry: { tries: 1 },
  });
  const { records, blobs } = cache.options;
  const registry = createPullThrough({
    ...{
      registry: createRegistry({ ...cache.options, ...options }),
      records,
      blobs,
      upstream,
      remote,
    },
    ...{ now: () => time, onNote: (note: string) => notes.push(note) },
    ...options,
  });
  return (path: string, init: RequestInit = {}) =>
    registry.fetch(new Request(`http://cache.test/v2/${path}`, init));
}

/** Requests that are about content, not about signing in. */
const contentAsked = () => asked.filter((line) => !line.endsWith("/v2/"));

test("the first pull fetches and keeps, the next one asks upstream nothing", async () => {
  const digest = await origin.image("team/app", "v1", "layer one");
  const get = proxy();
  const manifest = await get("team/app/manifests/v1");
  expect(manifest.status).toBe(200);
  expect(manifest.headers.get("docker-content-digest")).toBe(digest);
  const blob = await get(`team/app/blobs/${digestOf("layer one")}`);
  expect(await blob.text()).toBe("layer one");
  expect(blob.headers.get("content-length")).toBe("9");
  asked = [];
  expect((await get("team/app/manifests/v1")).status).toBe(200);
  expect((await get(`team/app/manifests/${digest}`)).status).toBe(200);
  expect(await (await get(`team/app/blobs/${digestOf("layer one")}`)).text()).toBe("layer one");
  expect(asked).toEqual([]);
});

test("a tag is looked at again after a while, by HEAD alone when it is the same", async () => {
  await origin.image("app", "v1", "old");
  const get = proxy();
  await get("app/manifests/v1");
  [asked, time] = [[], 61_000];
  await get("app/manifests/v1");
  expect(contentAsked()).toEqual(["HEAD /v2/app/manifests/v1"]);
  const next = await origin.image("app", "v1", "new");
  time = 122_000;
  const moved = await get("app/manifests/v1");
  expect(moved.headers.get("docker-content-digest")).toBe(next);
});

test("a tag that is gone upstream is gone here", async () => {
  await origin.image("app", "v1", "old");
  const get = proxy();
  await get("app/manifests/v1");
  await origin.send("DELETE", "/v2/app/manifests/v1");
  time = 61_000;
  const gone = await get("app/manifests/v1");
  expect([gone.status, await gone.json()]).toMatchObject([
    404,
    { errors: [{ code: "MANIFEST_UNKNOWN" }] },
  ]);
  expect(await cache.options.records.manifest("app", "v1")).toBeUndefined();
});

test("while upstream is down, what is here is served, and the rest is unavailable", async () => {
  const digest = await origin.image("app", "v1", "layer");
  const get = proxy();
  await get("app/manifests/v1");
  await (await get(`app/blobs/${digestOf("layer")}`)).text();
  time = 61_000;
  await server.stop(true);
  const stale = await get("app/manifests/v1");
  expect([stale.status, stale.headers.get("docker-content-digest")]).toEqual([200, digest]);
  expect(notes[0]).toStartWith("serving app:v1 as it was: ");
  expect(await (await get(`app/blobs/${digestOf("layer")}`)).text()).toBe("layer");
  expect((await get("app/tags/list")).status).toBe(200);
  expect((await get("app/manifests/v2")).status).toBe(503);
  expect((await get("other/manifests/v1")).status).toBe(503);
});

test("many who want one blob make one request, and all get it", async () => {
  const text = "x".repeat(3_000_000);
  await origin.blob("app", text);
  const get = proxy();
  const read = async () => (await get(`app/blobs/${digestOf(text)}`)).text();
  const texts = await Promise.all([1, 2, 3, 4].map(read));
  expect(texts.every((each) => each === text)).toBe(true);
  expect(contentAsked().filter((line) => line.startsWith("GET"))).toHaveLength(1);
});

test("a blob is fetched to its end when its first reader leaves", async () => {
  const text = "y".repeat(3_000_000);
  const digest = await origin.blob("app", text);
  const get = proxy();
  const reader = (await get(`app/blobs/${digest}`)).body!.getReader();
  await reader.read();
  await reader.cancel();
  const again = await get(`app/blobs/${digest}`);
  expect(again.status).toBe(200);
  expect((await again.text()).length).toBe(text.length);
});

test("a part of a blob is served, also of one that is not here yet", async () => {
  const digest = await origin.blob("app", "0123456789");
  const part = await proxy()(`app/blobs/${digest}`, { headers: { range: "bytes=3-5" } });
  expect([part.status, await part.text()]).toEqual([206, "345"]);
});

test("an upstream that lies about a blob poisons nothing, and nobody gets all of it", async () => {
  const digest = await origin.blob("app", "what was promised");
  instead = ({ method }) => (method === "GET" ? new Response("something elses!!") : undefined);
  const get = proxy();
  const answer = await get(`app/blobs/${digest}`);
  await expect(answer.text()).rejects.toThrow();
  expect(await cache.options.records.blob("app", digest)).toBeUndefined();
  expect(await cache.options.records.idleUploads(Date.now() + 1000)).toEqual([]);
  instead = undefined;
  expect(await (await get(`app/blobs/${digest}`)).text()).toBe("what was promised");
});

test("an upstream that ends early, or sends too much, poisons nothing", async () => {
  const digest = await origin.blob("app", "0123456789");
  const get = proxy();
  for (const text of ["01234", "0123456789more"]) {
    instead = ({ method }) => (method === "GET" ? new Response(text) : undefined);
    await get(`app/blobs/${digest}`)
      .then((answer) => answer.text())
      .catch(() => undefined);
    expect(await cache.options.records.blob("app", digest)).toBeUndefined();
  }
});

test("a manifest of another digest is not taken", async () => {
  const digest = await origin.image("app", "v1", "layer");
  instead = ({ url, method }) =>
    method === "GET" && url.includes("/manifests/")
      ? new Response('{"schemaVersion":2}', {
          headers: { "content-type": "application/vnd.oci.image.manifest.v1+json" },
        })
      : undefined;
  const answer = await proxy()(`app/manifests/${digest}`);
  expect(answer.status).toBe(503);
  expect(await cache.options.records.manifest("app", digest)).toBeUndefined();
});

test("nothing can be pushed or deleted", async () => {
  const get = proxy();
  for (const [method, path] of [
    ["POST", "app/blobs/uploads/"],
    ["PUT", "app/manifests/v1"],
    ["DELETE", "app/manifests/v1"],
    ["DELETE", `app/blobs/${digestOf("x")}`],
  ] as const) {
    const refused = await get(path, { method });
    expect([refused.status, await refused.json()]).toMatchObject([
      405,
      { errors: [{ code: "UNSUPPORTED" }] },
    ]);
  }
  expect(asked).toEqual([]);
});

test("for who may not pull, upstream is not asked", async () => {
  await origin.image("secret", "v1", "layer");
  const authorizer = createAuthorizer({ rules: parseRules("@everyone pull public/**", "rules") });
  const refused = await proxy({ authorizer })("secret/manifests/v1");
  expect(refused.status).toBe(403);
  expect(asked).toEqual([]);
});

test("tags are upstream's, in pages", async () => {
  for (const tag of ["c", "a", "b"]) await origin.image("app", tag, tag);
  const get = proxy();
  const first = await get("app/tags/list?n=2");
  expect(await first.json()).toEqual({ name: "app", tags: ["a", "b"] });
  expect(first.headers.get("link")).toBe('</v2/app/tags/list?n=2&last=b>; rel="next"');
  expect(await (await get("app/tags/list?n=2&last=b")).json()).toEqual({
    name: "app",
    tags: ["c"],
  });
  expect((await get("nothing/tags/list")).status).toBe(404);
});

test("what a cached manifest names is kept by garbage collection", async () => {
  await origin.image("app", "v1", "layer");
  const get = proxy();
  await get("app/manifests/v1");
  await (await get(`app/blobs/${digestOf("layer")}`)).text();
  const { blobs } = await cache.options.records.collectGarbage(Date.now() + 60_000);
  expect(blobs).toEqual([]);
});

test.each([
  ["https://registry-1.docker.io", "docker.io", "alpine", "library/alpine"],
  ["docker.io", "docker.io", "team/app", "team/app"],
  ["https://index.docker.io/v2/", "docker.io", "alpine", "library/alpine"],
  ["http://localhost:5000", "localhost:5000", "alpine", "alpine"],
  ["https://harbor.test/mirror/", "harbor.test", "alpine", "mirror/alpine"],
])("upstream %s is %s; %s is %s there", (url, registry, repository, name) => {
  const upstream = parseUpstream(url);
  expect([upstream.registry, upstream.repositoryOf(repository)]).toEqual([registry, name]);
});

test.each(["ftp://x", "https://", "https://u:p@x", "https://x/?a=1", ""])(
  "%p is no upstream",
  (url) => {
    expect(() => parseUpstream(url)).toThrow();
  },
);
