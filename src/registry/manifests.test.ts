import { afterEach, beforeEach, expect, test } from "bun:test";
import { digestOf, mediaTypes } from "#oci";
import {
  descriptorOf,
  imageOf,
  openTestRegistry,
  type TestRegistry,
} from "./testing/test-registry.ts";

let registry: TestRegistry;
beforeEach(async () => {
  registry = await openTestRegistry();
});
afterEach(() => registry[Symbol.asyncDispose]());

const MANIFESTS = "/v2/a/b/manifests/";

test("GET and HEAD of a manifest, by tag and by digest", async () => {
  const digest = await registry.image("a/b", "latest", "layer");
  for (const reference of ["latest", digest, digest.replace(":", "%3A")]) {
    const got = await registry.send("GET", MANIFESTS + reference);
    expect([got.status, digestOf(got.text)]).toEqual([200, digest]);
    const head = await registry.send("HEAD", MANIFESTS + reference);
    expect([head.status, head.text]).toEqual([200, ""]);
    for (const { headers } of [got, head]) {
      expect(headers.get("content-type")).toBe(mediaTypes.ociManifest);
      expect(headers.get("content-length")).toBe(`${got.text.length}`);
      expect(headers.get("docker-content-digest")).toBe(digest);
      expect(headers.get("etag")).toBe(`"${digest}"`);
    }
  }
});

test("If-None-Match", async () => {
  const digest = await registry.image("a/b", "latest", "layer");
  const ask = async (tag: string) =>
    (await registry.send("GET", `${MANIFESTS}latest`, undefined, { "if-none-match": tag })).status;
  expect(await ask(`"${digest}"`)).toBe(304);
  expect(await ask(`W/"x", W/"${digest}"`)).toBe(304);
  expect(await ask(`"${digestOf("other")}"`)).toBe(200);
});

test("what is not there", async () => {
  await registry.image("a/b", "latest", "layer");
  for (const path of [`${MANIFESTS}nope`, MANIFESTS + digestOf("x"), "/v2/c/manifests/latest"])
    for (const method of ["GET", "DELETE"]) {
      const { status, code } = await registry.send(method, path);
      expect([status, code]).toEqual([404, "MANIFEST_UNKNOWN"]);
    }
});

test("PUT says where it is", async () => {
  await registry.blob("a/b", "{}");
  const { status, headers } = await registry.put("a/b", "1", imageOf());
  const digest = digestOf(JSON.stringify(imageOf()));
  expect([status, headers.get("location")]).toEqual([201, MANIFESTS + digest]);
  expect(headers.get("docker-content-digest")).toBe(digest);
  expect(headers.has("oci-subject")).toBe(false);
});

test("tags given with a push by digest", async () => {
  await registry.blob("a/b", "{}");
  const digest = digestOf(JSON.stringify(imageOf()));
  const { status, headers } = await registry.put("a/b", `${digest}?tag=1&tag=1.2&tag=1`, imageOf());
  expect([status, headers.get("oci-tag")]).toEqual([201, "1, 1.2"]);
  for (const tag of ["1", "1.2"])
    expect((await registry.send("HEAD", MANIFESTS + tag)).status).toBe(200);
  const wrong = await registry.put("a/b", `${digest}?tag=ok&tag=..%2F`, imageOf());
  expect(wrong.code).toBe("TAG_INVALID");
  expect((await registry.send("HEAD", `${MANIFESTS}ok`)).status).toBe(404);
  const many = Array.from({ length: 101 }, (_, at) => `tag=${at}`).join("&");
  expect((await registry.put("a/b", `${digest}?${many}`, imageOf())).status).toBe(414);
});

test("a push by digest is checked against it, in both algorithms", async () => {
  await registry.blob("a/b", "{}");
  const text = JSON.stringify(imageOf());
  const sha512 = `sha512:${new Bun.CryptoHasher("sha512").update(text).digest("hex")}`;
  expect((await registry.put("a/b", sha512, imageOf())).status).toBe(201);
  expect((await registry.send("GET", MANIFESTS + sha512)).text).toBe(text);
  for (const digest of [digestOf("x"), `sha512:${"0".repeat(128)}`, "sha256:bad"]) {
    const { status, code } = await registry.put("a/b", digest, imageOf());
    expect([status, code]).toEqual([400, "DIGEST_INVALID"]);
  }
});

test("blobs must be there, layers that live elsewhere and manifests of an index need not", async () => {
  await registry.blob("a/b", "{}");
  await registry.blob("c", "layer");
  const refused = await registry.put("a/b", "1", imageOf("layer"));
  expect([refused.status, refused.code]).toEqual([404, "MANIFEST_BLOB_UNKNOWN"]);
  expect((await registry.send("GET", `${MANIFESTS}1`)).status).toBe(404);
  const foreign = { ...descriptorOf("layer", mediaTypes.ociLayer), urls: ["https://x.test/"] };
  const elsewhere = await registry.put("a/b", "1", { ...imageOf(), layers: [foreign] });
  expect(elsewhere.status).toBe(201);
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [descriptorOf("m")],
  };
  expect((await registry.put("a/b", "2", index)).status).toBe(201);
});

test("blobs may be missing where that is allowed", async () => {
  await using sparse = await openTestRegistry({ allowMissingBlobs: true });
  expect((await sparse.put("a/b", "1", imageOf("layer"))).status).toBe(201);
  await sparse.blob("a/b", "layer");
  const { blobs } = await sparse.options.records.collectGarbage(Date.now() + 60_000);
  expect(blobs).toEqual([]);
});

test("all kinds of manifests and indexes", async () => {
  await registry.blob("a/b", "{}");
  const { mediaType: _, ...untyped } = imageOf();
  const empty = { ...descriptorOf("{}", mediaTypes.ociEmpty), data: btoa("{}") };
  const documents = [
    untyped,
    imageOf(),
    { ...imageOf(), layers: null },
    { ...imageOf(), mediaType: mediaTypes.dockerManifest },
    { ...imageOf(), artifactType: "x/y", config: empty, layers: [empty] },
    { ...imageOf(), somethingNew: { a: [1] }, annotations: { a: "b" } },
    { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] },
    { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: null },
    { schemaVersion: 2, mediaType: mediaTypes.dockerIndex, manifests: [descriptorOf("m")] },
  ];
  for (const [at, document] of documents.entries()) {
    expect([at, (await registry.put("a/b", `v${at}`, document)).status]).toEqual([at, 201]);
    const got = await registry.send("GET", `${MANIFESTS}v${at}`);
    expect(got.text).toBe(JSON.stringify(document));
  }
});

const descriptor = descriptorOf("{}", mediaTypes.ociConfig);
test.each<[string, unknown]>([
  ["no object", []],
  ["null", null],
  ["schema 1", { ...imageOf(), schemaVersion: 1 }],
  ["no config", { ...imageOf(), config: undefined }],
  ["layers that are no list", { ...imageOf(), layers: {} }],
  ["a layer that is none", { ...imageOf(), layers: [null] }],
  ["a digest that is none", { ...imageOf(), config: { ...descriptor, digest: "sha256:../.." } }],
  ["a size that is none", { ...imageOf(), config: { ...descriptor, size: -1 } }],
  ["a broken size", { ...imageOf(), config: { ...descriptor, size: 1.5 } }],
  ["no media type of a layer", { ...imageOf(), layers: [{ ...descriptor, mediaType: undefined }] }],
  [
    "a media type with a line break",
    { ...imageOf(), config: { ...descriptor, mediaType: "a/b\r\n" } },
  ],
  ["data of something else", { ...imageOf(), config: { ...descriptor, data: btoa("[]") } }],
  ["annotations that are no text", { ...imageOf(), annotations: { a: 1 } }],
  ["a subject that is none", { ...imageOf(), subject: "sha256:abc" }],
  ["two documents in one", { ...imageOf(), manifests: [] }],
  ["an index with layers", { schemaVersion: 2, mediaType: mediaTypes.ociIndex, layers: [] }],
  ["another media type", { ...imageOf(), mediaType: "text/html" }],
  [
    "a manifest of schema 1",
    {
      schemaVersion: 2,
      mediaType: "application/vnd.docker.distribution.manifest.v1+prettyjws",
    },
  ],
])("a manifest with %s is refused", async (_, document) => {
  await registry.blob("a/b", "{}");
  const type = (document as { mediaType?: string } | null)?.mediaType ?? mediaTypes.ociManifest;
  const headers = { "content-type": type };
  const { status, code } = await registry.send(
    "PUT",
    `${MANIFESTS}1`,
    JSON.stringify(document),
    headers,
  );
  expect([status, code]).toEqual([400, "MANIFEST_INVALID"]);
  expect((await registry.send("GET", `${MANIFESTS}1`)).status).toBe(404);
});

test.each<[string, string | Uint8Array<ArrayBuffer>]>([
  ["no JSON", "{"],
  ["nothing", ""],
  ["no UTF-8", new Uint8Array([0x22, 0xff, 0x22])],
  ["very deep", "[".repeat(1_000_000)],
])("a body that is %s is refused", async (_, body) => {
  const { status, code } = await registry.send("PUT", `${MANIFESTS}1`, body);
  expect([status, code]).toEqual([400, "MANIFEST_INVALID"]);
});

test("the Content-Type must be the mediaType", async () => {
  await registry.blob("a/b", "{}");
  const put = async (type: string) => {
    const headers = { "content-type": type };
    return (await registry.send("PUT", `${MANIFESTS}1`, JSON.stringify(imageOf()), headers)).status;
  };
  expect(await put(mediaTypes.ociIndex)).toBe(400);
  expect(await put(`${mediaTypes.ociManifest}; charset=utf-8`)).toBe(201);
});

test("4 MiB is the largest, known before it is read or not", async () => {
  await registry.blob("a/b", "{}");
  const spaces = (length: number) => JSON.stringify(imageOf()).padEnd(length);
  const type = { "content-type": mediaTypes.ociManifest };
  const put = (body: string | ReadableStream, headers: Record<string, string> = type) =>
    registry.send("PUT", `${MANIFESTS}1`, body, headers);
  expect((await put(spaces(4 << 20))).status).toBe(201);
  expect((await put(spaces((4 << 20) + 1))).status).toBe(413);
  let pulled = 0;
  const endless = () =>
    new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(1 << 16));
      },
    });
  expect((await put(endless())).code).toBe("SIZE_INVALID");
  expect(pulled).toBeLessThan(80);
  pulled = 0;
  expect((await put(endless(), { ...type, "content-length": "5000000" })).status).toBe(413);
  expect(pulled).toBeLessThan(2);
});

test("DELETE of a tag leaves the manifest, DELETE of the manifest takes its tags", async () => {
  const digest = await registry.image("a/b", "1", "layer");
  await registry.put("a/b", "2", imageOf("layer"));
  expect((await registry.send("DELETE", `${MANIFESTS}1`)).status).toBe(202);
  expect((await registry.send("GET", `${MANIFESTS}1`)).status).toBe(404);
  expect((await registry.send("GET", MANIFESTS + digest)).status).toBe(200);
  expect((await registry.send("DELETE", MANIFESTS + digest)).status).toBe(202);
  for (const reference of ["2", digest])
    expect((await registry.send("GET", MANIFESTS + reference)).status).toBe(404);
});

test.each([".x", "-x", "a".repeat(129), "a b", "%00", "%E2%82%AC", "a,b"])(
  "%p is no tag",
  async (tag) => {
    for (const method of ["GET", "PUT", "DELETE"]) {
      const { status, code } = await registry.send(
        method,
        MANIFESTS + encodeURI(tag).replaceAll("%25", "%"),
      );
      expect([status, code]).toEqual([400, "TAG_INVALID"]);
    }
  },
);
