import { afterEach, beforeEach, expect, test } from "bun:test";
import { digestOf } from "#oci";
import { openTestRegistry, type TestRegistry } from "./testing/test-registry.ts";

let registry: TestRegistry;
beforeEach(async () => {
  registry = await openTestRegistry();
});
afterEach(() => registry[Symbol.asyncDispose]());

const TEXT = "0123456789";
const path = (repository = "a/b", digest: string = digestOf(TEXT)) =>
  `/v2/${repository}/blobs/${digest}`;

test("GET and HEAD of a blob", async () => {
  const digest = await registry.blob("a/b", TEXT);
  const got = await registry.send("GET", path());
  expect([got.status, got.text]).toEqual([200, TEXT]);
  const head = await registry.send("HEAD", path());
  expect([head.status, head.text]).toEqual([200, ""]);
  for (const { headers } of [got, head]) {
    expect(headers.get("content-length")).toBe("10");
    expect(headers.get("content-type")).toBe("application/octet-stream");
    expect(headers.get("docker-content-digest")).toBe(digest);
    expect(headers.get("docker-distribution-api-version")).toBe("registry/2.0");
  }
  const known = await registry.send("GET", path(), undefined, { "if-none-match": `"${digest}"` });
  expect(known.status).toBe(304);
});

test("a blob is in the repositories it was pushed to, and in no other", async () => {
  await registry.blob("a/b", TEXT);
  for (const method of ["GET", "HEAD", "DELETE"]) {
    const { status } = await registry.send(method, path("c"));
    expect(status).toBe(404);
  }
  expect((await registry.send("GET", path("c"))).code).toBe("BLOB_UNKNOWN");
});

test.each([
  ["bytes=2-4", 206, "234", "bytes 2-4/10"],
  ["bytes=2-", 206, "23456789", "bytes 2-9/10"],
  ["bytes=-3", 206, "789", "bytes 7-9/10"],
  ["bytes=-30", 206, TEXT, "bytes 0-9/10"],
  ["bytes=8-99999999999999999999", 206, "89", "bytes 8-9/10"],
  ["bytes=0-0", 206, "0", "bytes 0-0/10"],
])("Range %p", async (range, status, text, contentRange) => {
  await registry.blob("a/b", TEXT);
  const got = await registry.send("GET", path(), undefined, { range });
  expect([got.status, got.text]).toEqual([status, text]);
  expect(got.headers.get("content-range")).toBe(contentRange);
  expect(got.headers.get("content-length")).toBe(`${text.length}`);
});

test.each(["bytes=10-", "bytes=5-0", "bytes=-0", "bytes=999-1000"])(
  "Range %p cannot be satisfied",
  async (range) => {
    await registry.blob("a/b", TEXT);
    const got = await registry.send("GET", path(), undefined, { range });
    expect(got.status).toBe(416);
    expect(got.headers.get("content-range")).toBe("bytes */10");
  },
);

test.each(["bytes=", "bytes=-", "lines=1-2", "bytes=0-1,3-4", "bytes=a-b", "0-4"])(
  "Range %p is none of ours: all of it",
  async (range) => {
    await registry.blob("a/b", TEXT);
    const got = await registry.send("GET", path(), undefined, { range });
    expect([got.status, got.text]).toEqual([200, TEXT]);
  },
);

test("the empty blob", async () => {
  await registry.blob("a/b", "");
  const got = await registry.send("GET", path("a/b", digestOf("")));
  expect([got.status, got.headers.get("content-length")]).toEqual([200, "0"]);
  const part = { range: "bytes=0-0" };
  expect((await registry.send("GET", path("a/b", digestOf("")), undefined, part)).status).toBe(416);
});

test("DELETE", async () => {
  await registry.blob("a/b", TEXT);
  expect((await registry.send("DELETE", path())).status).toBe(202);
  expect((await registry.send("GET", path())).status).toBe(404);
  expect((await registry.send("DELETE", path())).code).toBe("BLOB_UNKNOWN");
});

test("DELETE is refused where nothing may be deleted", async () => {
  await using fixed = await openTestRegistry({ allowDelete: false });
  const digest = await fixed.image("a/b", "1", TEXT);
  for (const what of [path(), "/v2/a/b/manifests/1", `/v2/a/b/manifests/${digest}`]) {
    const { status, code } = await fixed.send("DELETE", what);
    expect([status, code]).toEqual([405, "UNSUPPORTED"]);
    expect((await fixed.send("HEAD", what)).status).toBe(200);
  }
});

test("a read is sent to the storage itself where that is asked for", async () => {
  await registry.blob("a/b", TEXT);
  const directUrl = async () => "https://storage.test/blob?signed";
  const blobs = { ...registry.options.blobs, directUrl };
  await using direct = await openTestRegistry({ ...registry.options, blobs, redirect: true });
  const got = await direct.send("GET", path());
  expect([got.status, got.headers.get("location")]).toEqual([307, await directUrl()]);
  expect((await direct.send("HEAD", path())).status).toBe(200);
});

test("sha512", async () => {
  const digest = `sha512:${new Bun.CryptoHasher("sha512").update(TEXT).digest("hex")}`;
  const pushed = await registry.send("POST", `/v2/a/b/blobs/uploads/?digest=${digest}`, TEXT);
  expect([pushed.status, pushed.headers.get("location")]).toEqual([201, path("a/b", digest)]);
  expect((await registry.send("GET", path("a/b", digest))).text).toBe(TEXT);
});

test.each([
  "sha256:abc",
  `sha256:${"A".repeat(64)}`,
  `sha1:${"a".repeat(40)}`,
  `sha384:${"a".repeat(96)}`,
  "md5:x",
  "latest",
  `sha256:${"a".repeat(64)}%00`,
  `sha256:..%2f..%2f${"a".repeat(58)}`,
])("%p is no digest", async (digest) => {
  const { status, code } = await registry.send("GET", path("a/b", digest));
  expect([
    [400, "DIGEST_INVALID"],
    [404, "UNSUPPORTED"],
    [400, "NAME_INVALID"],
  ]).toContainEqual([status, code as string]);
});
