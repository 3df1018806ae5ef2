import { afterEach, beforeEach, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "#oci";
import { createRegistry } from "./create-registry.ts";
import { openSqliteRecords } from "./records-sql/open-records.ts";
import { openDiskStorage } from "./storage-disk/open-disk-storage.ts";
import { openTestRegistry, type TestRegistry } from "./testing/test-registry.ts";

let registry: TestRegistry;
beforeEach(async () => {
  registry = await openTestRegistry();
});
afterEach(() => registry[Symbol.asyncDispose]());

const TEXT = "0123456789";
const DIGEST = digestOf(TEXT);
const UPLOADS = "/v2/a/b/blobs/uploads/";
const BLOB = `/v2/a/b/blobs/${DIGEST}`;

async function begin(query = ""): Promise<string> {
  const { status, headers } = await registry.send("POST", UPLOADS + query);
  expect([status, headers.get("range")]).toEqual([202, "0-0"]);
  return headers.get("location")!;
}

const chunk = (upload: string, body: string, range?: string, method = "PATCH") =>
  registry.send(method, upload, body, range === undefined ? {} : { "content-range": range });
const finish = (upload: string, body?: string, digest: string = DIGEST) =>
  registry.send("PUT", `${upload}?digest=${digest}`, body);
const leftovers = () => readdirSync(join(registry.root, "uploads"));

async function expectBlob(): Promise<void> {
  const { status, text } = await registry.send("GET", BLOB);
  expect([status, text]).toEqual([200, TEXT]);
  expect(leftovers()).toEqual([]);
}

test("in one POST", async () => {
  const { status, headers } = await registry.send("POST", `${UPLOADS}?digest=${DIGEST}`, TEXT);
  expect([status, headers.get("location")]).toEqual([201, BLOB]);
  expect(headers.get("docker-content-digest")).toBe(DIGEST);
  await expectBlob();
});

test("POST, then PUT with everything", async () => {
  const { status, headers } = await finish(await begin(), TEXT);
  expect([status, headers.get("location")]).toEqual([201, BLOB]);
  await expectBlob();
});

test("streamed by one PATCH", async () => {
  const upload = await begin();
  const { status, headers } = await chunk(upload, TEXT);
  expect([status, headers.get("range"), headers.get("location")]).toEqual([202, "0-9", upload]);
  expect((await finish(upload)).status).toBe(201);
  await expectBlob();
});

test("in chunks, with and without one in the PUT", async () => {
  for (const last of [undefined, "89"]) {
    const upload = await begin();
    expect((await chunk(upload, "0123", "0-3")).headers.get("range")).toBe("0-3");
    expect((await chunk(upload, "4567", "4-7")).headers.get("range")).toBe("0-7");
    if (last === undefined) await chunk(upload, "89", "8-9");
    expect((await finish(upload, last)).status).toBe(201);
    await expectBlob();
    await registry.send("DELETE", BLOB);
  }
});

test("chunks that leave a gap or overlap are refused, and the upload goes on", async () => {
  const upload = await begin();
  await chunk(upload, "0123", "0-3");
  for (const [body, range] of [
    ["6789", "6-9"],
    ["0123", "0-3"],
    ["3456", "3-6"],
    ["4567", "7-4"],
    ["4567", "four"],
  ] as const) {
    const refused = await chunk(upload, body, range);
    expect([refused.status, refused.code]).toEqual([416, "BLOB_UPLOAD_INVALID"]);
    const put = await registry.send("PUT", `${upload}?digest=${DIGEST}`, body, {
      "content-range": range,
    });
    expect(put.status).toBe(416);
  }
  const overlap = await chunk(upload, "3456", "3-6");
  expect([overlap.headers.get("range"), overlap.headers.get("location")]).toEqual(["0-3", upload]);
  const asked = await registry.send("GET", upload);
  expect([asked.status, asked.headers.get("range")]).toEqual([204, "0-3"]);
  await chunk(upload, "456789", "4-9");
  expect((await finish(upload)).status).toBe(201);
  await expectBlob();
});

test("a chunk whose length is not what its range says does not count", async () => {
  const upload = await begin();
  for (const body of ["01234", "012"]) {
    const refused = await chunk(upload, body, "0-3");
    expect([refused.status, refused.code]).toEqual([400, "SIZE_INVALID"]);
  }
  expect((await registry.send("GET", upload)).headers.get("range")).toBe("0-0");
  expect((await finish(upload, TEXT)).status).toBe(201);
  await expectBlob();
});

test("another digest leaves nothing", async () => {
  const other = digestOf("other");
  const whole = await registry.send("POST", `${UPLOADS}?digest=${other}`, TEXT);
  expect([whole.status, whole.code]).toEqual([400, "DIGEST_INVALID"]);
  const upload = await begin();
  await chunk(upload, TEXT);
  const finished = await finish(upload, undefined, other);
  expect([finished.status, finished.code]).toEqual([400, "DIGEST_INVALID"]);
  expect((await registry.send("GET", upload)).code).toBe("BLOB_UPLOAD_UNKNOWN");
  for (const digest of [other, DIGEST])
    expect((await registry.send("GET", `/v2/a/b/blobs/${digest}`)).status).toBe(404);
  expect(leftovers()).toEqual([]);
});

test("a PUT without a digest, and with one of another kind", async () => {
  const upload = await begin();
  await chunk(upload, TEXT);
  for (const query of ["", "?digest=", "?digest=md5:abc", "?digest=..%2F..%2Fetc"]) {
    const { status, code } = await registry.send("PUT", upload + query);
    expect([status, code]).toEqual([400, "DIGEST_INVALID"]);
  }
  expect((await finish(upload)).status).toBe(201);
});

test("an upload is given up", async () => {
  const upload = await begin();
  await chunk(upload, TEXT);
  expect((await registry.send("DELETE", upload)).status).toBe(204);
  for (const method of ["GET", "PATCH", "DELETE"])
    expect((await registry.send(method, upload)).code).toBe("BLOB_UPLOAD_UNKNOWN");
  expect(leftovers()).toEqual([]);
});

test("an upload belongs to its repository", async () => {
  const upload = (await begin()).replace("/a/b/", "/other/");
  for (const method of ["GET", "PATCH", "PUT", "DELETE"])
    expect((await registry.send(method, `${upload}?digest=${DIGEST}`)).status).toBe(404);
});

test.each(["..", "x%2F..%2F..%2Fregistry.sqlite", "%00", "a".repeat(5000)])(
  "%p is no upload",
  async (id) => {
    const { status } = await registry.send("PATCH", UPLOADS + id, TEXT);
    expect([400, 404, 405]).toContain(status);
    expect(leftovers()).toEqual([]);
  },
);

test("digest-algorithm", async () => {
  const upload = await begin("?digest-algorithm=sha512");
  await chunk(upload, TEXT);
  const digest = `sha512:${new Bun.CryptoHasher("sha512").update(TEXT).digest("hex")}`;
  expect((await finish(upload, undefined, digest)).status).toBe(201);
  const unknown = await registry.send("POST", `${UPLOADS}?digest-algorithm=md5`);
  expect([unknown.status, unknown.code]).toEqual([400, "DIGEST_INVALID"]);
});

test("mounting from another repository, or from wherever it is", async () => {
  await registry.blob("source", TEXT);
  for (const query of [`mount=${DIGEST}&from=source`, `mount=${DIGEST}`]) {
    const { status, headers } = await registry.send("POST", `${UPLOADS}?${query}`);
    expect([status, headers.get("location")]).toEqual([201, BLOB]);
    expect(headers.get("docker-content-digest")).toBe(DIGEST);
    await expectBlob();
    await registry.send("DELETE", BLOB);
  }
});

test("what cannot be mounted becomes an upload", async () => {
  for (const from of ["&from=nowhere", "&from=..%2F..", "&from=", ""])
    await begin(`?mount=${DIGEST}${from}`);
  expect((await registry.send("POST", `${UPLOADS}?mount=x`)).code).toBe("DIGEST_INVALID");
});

test("a mount needs the right to pull there", async () => {
  const allowed = { allowed: true } as const;
  const denied = { allowed: false, reason: "denied" } as const;
  await using guarded = await openTestRegistry({
    authorizer: {
      authorize: async (_, { repository, action }) =>
        repository === "secret" && action === "pull" ? denied : allowed,
    },
  });
  await guarded.blob("secret", TEXT);
  for (const query of [`mount=${DIGEST}&from=secret`, `mount=${DIGEST}`])
    expect((await guarded.send("POST", `${UPLOADS}?${query}`)).status).toBe(202);
  expect((await guarded.send("GET", BLOB)).status).toBe(404);
});

test("a second request on an upload that is being written to is turned away", async () => {
  const upload = await begin();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const first = registry.send("PATCH", upload, readable);
  await writer.write(new TextEncoder().encode("01234"));
  for (const method of ["PATCH", "PUT"]) {
    const second = await registry.send(method, `${upload}?digest=${DIGEST}`, "56789");
    expect([second.status, second.code]).toEqual([416, "BLOB_UPLOAD_INVALID"]);
  }
  await writer.close();
  expect((await first).headers.get("range")).toBe("0-4");
  expect((await finish(upload, "56789")).status).toBe(201);
  await expectBlob();
});

test("what came before the connection broke counts", async () => {
  const upload = await begin();
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("01234")),
    pull: (controller) => controller.error(new Error("connection lost")),
  });
  const broken = await registry.send("PATCH", upload, body);
  expect(broken.status).toBe(400);
  expect((await registry.send("GET", upload)).headers.get("range")).toBe("0-4");
  expect((await finish(upload, "56789")).status).toBe(201);
  await expectBlob();
});

test("one blob pushed by many at once is stored once", async () => {
  const pushed = await Promise.all(
    Array.from({ length: 8 }, (_, at) =>
      registry.send("POST", `/v2/r${at}/blobs/uploads/?digest=${DIGEST}`, TEXT),
    ),
  );
  expect(pushed.map(({ status }) => status)).toEqual(Array(8).fill(201));
  const stored = await Array.fromAsync(registry.options.blobs.list!());
  expect(stored).toHaveLength(1);
});

test("a POST of a whole blob that is refused leaves no upload", async () => {
  await using small = await openTestRegistry({ limits: { blob: 9 } });
  const post = (body: string) => small.send("POST", `${UPLOADS}?digest=${DIGEST}`, body);
  expect((await post(TEXT)).status).toBe(413);
  expect((await post("else")).code).toBe("DIGEST_INVALID");
  expect(readdirSync(join(small.root, "uploads"))).toEqual([]);
  expect(await small.options.records.idleUploads(Date.now() + 1000)).toEqual([]);
});

test("a blob larger than the limit", async () => {
  await using small = await openTestRegistry({ limits: { blob: 9 } });
  const whole = await small.send("POST", `${UPLOADS}?digest=${DIGEST}`, TEXT);
  expect([whole.status, whole.code]).toEqual([413, "SIZE_INVALID"]);
  const upload = (await small.send("POST", UPLOADS)).headers.get("location")!;
  expect((await small.send("PATCH", upload, "01234")).status).toBe(202);
  expect((await small.send("PATCH", upload, "56789")).status).toBe(413);
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(5)),
  });
  expect((await small.send("PATCH", upload, endless)).status).toBe(413);
  expect((await small.send("GET", upload)).headers.get("range")).toBe("0-4");
});

test("an upload goes on after a restart", async () => {
  const upload = await begin();
  await chunk(upload, "01234");
  await using records = await openSqliteRecords(join(registry.root, "registry.sqlite"));
  await using blobs = openDiskStorage(registry.root);
  const restarted = createRegistry({ records, blobs });
  const url = `http://registry.test${upload}?digest=${DIGEST}`;
  const response = await restarted.fetch(new Request(url, { method: "PUT", body: "56789" }));
  expect(response.status).toBe(201);
  await expectBlob();
});
