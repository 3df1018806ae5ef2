import { expect, test } from "bun:test";
import { KindedError } from "#errors";
import { digestOf } from "#oci";
import type { Access, Decision, RegistryEvent } from "./index.ts";
import { openTestRegistry } from "./testing/test-registry.ts";

test("GET /v2/", async () => {
  await using registry = await openTestRegistry();
  for (const path of ["/v2/", "/v2"]) {
    const { status, headers } = await registry.send("GET", path);
    expect([status, headers.get("docker-distribution-api-version")]).toEqual([200, "registry/2.0"]);
  }
});

test.each([
  "/v2/UPPER/tags/list",
  "/v2/a//b/tags/list",
  "/v2/a/../b/manifests/x/../../../tags/list",
  "/v2/..%2F..%2Fetc/tags/list",
  "/v2/a%2F..%2Fb/tags/list",
  "/v2/a%00b/tags/list",
  "/v2/a%0d%0ab/tags/list",
  "/v2/-a/tags/list",
  "/v2/a-/tags/list",
  "/v2/a..b/tags/list",
  "/v2/a___b/tags/list",
  "/v2/%E2%82%AC/tags/list",
  "/v2/%ff/tags/list",
  "/v2/%/tags/list",
  "/v2/_catalog/tags/list",
  `/v2/${"a".repeat(256)}/tags/list`,
  `/v2/${"a/".repeat(3000)}a/tags/list`,
])("%p is refused", async (path) => {
  await using registry = await openTestRegistry();
  const request = { method: "GET", url: `http://x${path}`, headers: new Headers(), body: null };
  const response = await registry.registry.fetch(request as unknown as Request);
  expect([400, 404]).toContain(response.status);
  const { errors } = (await response.json()) as { errors: { code: string }[] };
  expect(["NAME_INVALID", "NAME_UNKNOWN", "UNSUPPORTED"]).toContain(errors[0]!.code);
});

test.each([
  "a",
  "a/b/c/d",
  "a__b",
  "a---b",
  "a.b_c-d",
  "0",
  "blobs",
  "a/blobs/uploads",
  "v2/tags/list",
  "a".repeat(255),
])("%p is a name", async (name) => {
  await using registry = await openTestRegistry();
  const digest = await registry.image(name, "1", "layer");
  expect((await registry.send("GET", `/v2/${name}/manifests/1`)).status).toBe(200);
  expect((await registry.send("GET", `/v2/${name}/tags/list`)).json.tags).toEqual(["1"]);
  expect((await registry.send("GET", `/v2/${name}/blobs/${digestOf("layer")}`)).text).toBe("layer");
  expect((await registry.send("GET", `/v2/${name}/referrers/${digest}`)).status).toBe(200);
});

test.each([
  ["POST", "/v2/", "GET, HEAD"],
  ["PUT", "/v2/_catalog", "GET, HEAD"],
  ["GET", "/v2/a/blobs/uploads/", "POST"],
  ["POST", "/v2/a/manifests/x", "GET, HEAD, PUT, DELETE"],
  ["PATCH", `/v2/a/blobs/${digestOf("x")}`, "GET, HEAD, DELETE"],
])("%s %s is not allowed", async (method, path, allow) => {
  await using registry = await openTestRegistry();
  const { status, code, headers } = await registry.send(method, path);
  expect([status, code, headers.get("allow")]).toEqual([405, "UNSUPPORTED", allow]);
});

test.each(["/", "/v1/", "/v2x", "/v2/a", "/v2/a/blobs", "/v2/a/manifests/", "/v2/a/tags/"])(
  "there is nothing at %s",
  async (path) => {
    await using registry = await openTestRegistry();
    expect((await registry.send("GET", path)).status).toBe(404);
  },
);

/** What is asked for what. */
test("each request needs the right to do it, and a refused one changes nothing", async () => {
  const asked: Access[] = [];
  let decision: Decision = { allowed: true, user: "ann" };
  await using registry = await openTestRegistry({
    authorizer: {
      async authorize(_, access) {
        asked.push(access);
        return decision;
      },
    },
  });
  const digest = await registry.image("a", "1", "layer");
  decision = { allowed: false, challenge: 'Basic realm="shale"', reason: "sign in" };
  const uploads = "/v2/a/blobs/uploads/";
  const rows: [string, string, Access][] = [
    ["GET", "/v2/", { action: "pull" }],
    ["GET", "/v2/_catalog", { action: "catalog" }],
    ["GET", "/v2/a/tags/list", { repository: "a", action: "pull" }],
    ["GET", "/v2/a/manifests/1", { repository: "a", action: "pull" }],
    ["HEAD", `/v2/a/blobs/${digestOf("layer")}`, { repository: "a", action: "pull" }],
    ["GET", `/v2/a/referrers/${digest}`, { repository: "a", action: "pull" }],
    ["POST", `${uploads}?digest=${digest}`, { repository: "a", action: "push" }],
    ["PATCH", `${uploads}x`, { repository: "a", action: "push" }],
    ["PUT", "/v2/a/manifests/1", { repository: "a", action: "push" }],
    ["DELETE", `${uploads}x`, { repository: "a", action: "push" }],
    ["DELETE", "/v2/a/manifests/1", { repository: "a", action: "delete" }],
    ["DELETE", `/v2/a/blobs/${digestOf("layer")}`, { repository: "a", action: "delete" }],
  ];
  for (const [method, path, access] of rows) {
    asked.length = 0;
    const { status, headers } = await registry.send(method, path);
    expect([method, path, asked]).toEqual([method, path, [access]]);
    expect([status, headers.get("www-authenticate")]).toEqual([401, 'Basic realm="shale"']);
  }
  decision = { allowed: false, reason: "not yours" };
  const { status, code } = await registry.send("DELETE", "/v2/a/manifests/1");
  expect([status, code]).toEqual([403, "DENIED"]);
  decision = { allowed: true };
  expect((await registry.send("GET", "/v2/a/manifests/1")).status).toBe(200);
});

test("each request is told of", async () => {
  const events: RegistryEvent[] = [];
  await using registry = await openTestRegistry({
    onEvent: (event) => events.push(event),
    authorizer: { authorize: async () => ({ allowed: true, user: "ann" }) },
  });
  await registry.blob("a", "0123456789");
  const digest = digestOf("0123456789");
  await registry.send("GET", `/v2/a/blobs/${digest}`, undefined, { range: "bytes=0-3" });
  await registry.send("HEAD", `/v2/a/blobs/${digest}`);
  await registry.send("GET", "/v2/a/manifests/none");
  expect(events).toMatchObject([
    { method: "POST", route: "uploads", repository: "a", status: 201, bytesIn: 10, user: "ann" },
    { method: "GET", route: "blob", repository: "a", status: 206, bytesOut: 4, bytesIn: 0 },
    { method: "HEAD", route: "blob", status: 200, bytesOut: 0 },
    { method: "GET", route: "manifest", status: 404, path: "/v2/a/manifests/none" },
  ]);
});

test("a failure of our own tells the client nothing, and the operator all", async () => {
  const told: unknown[] = [];
  const failure = new KindedError("permission-denied", "10.0.0.7:/srv/registry is not writable");
  await using good = await openTestRegistry();
  const records = { ...good.options.records, manifest: () => Promise.reject(failure) };
  await using registry = await openTestRegistry({
    ...{ ...good.options, records },
    onError: (error) => told.push(error),
  });
  const { status, text, code } = await registry.send("GET", "/v2/a/manifests/1");
  expect([status, code, told]).toEqual([500, "UNKNOWN", [failure]]);
  expect(text).not.toContain("10.0.0.7");
});
