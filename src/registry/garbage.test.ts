import { afterEach, beforeEach, expect, test } from "bun:test";
import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "#oci";
import { collectGarbage } from "./garbage.ts";
import { imageOf, openTestRegistry, type TestRegistry } from "./testing/test-registry.ts";

let registry: TestRegistry;
beforeEach(async () => {
  registry = await openTestRegistry();
});
afterEach(() => registry[Symbol.asyncDispose]());

/** All that is there now counts as old. */
const OLD = { grace: -60_000 };
const HOUR = { grace: 3_600_000 };

const collect = (options: { grace: number; dryRun?: boolean; untagged?: boolean } = OLD) =>
  collectGarbage(registry.options.records, registry.options.blobs, options);
const stored = async () => (await Array.fromAsync(registry.options.blobs.list!())).length;
const status = async (path: string) => (await registry.send("GET", path)).status;

test("what no manifest names goes, with its bytes", async () => {
  await registry.image("a", "1", "kept");
  await registry.blob("a", "loose");
  const dry = await collect({ ...OLD, dryRun: true });
  expect([dry.bytes, dry.blobs.map(({ digest }) => digest)]).toEqual([5, [digestOf("loose")]]);
  expect(await stored()).toBe(3);
  expect((await collect()).bytes).toBe(5);
  expect(await stored()).toBe(2);
  expect(await status(`/v2/a/blobs/${digestOf("loose")}`)).toBe(404);
  expect(await status(`/v2/a/blobs/${digestOf("kept")}`)).toBe(200);
  expect(await collect()).toEqual({ blobs: [], manifests: [], uploads: 0, stray: 0, bytes: 0 });
});

test("nothing goes within the grace time", async () => {
  await registry.blob("a", "loose");
  await registry.send("POST", "/v2/a/blobs/uploads/");
  expect(await collect(HOUR)).toMatchObject({ blobs: [], uploads: 0, stray: 0 });
  expect(await stored()).toBe(2);
});

test("a deleted image goes, what it shares with others stays", async () => {
  const digest = await registry.image("a", "1", "shared", "own");
  await registry.image("a", "2", "shared");
  await registry.send("DELETE", `/v2/a/manifests/${digest}`);
  expect((await collect()).blobs.map((blob) => blob.digest)).toEqual([digestOf("own")]);
});

test("untagged manifests stay unless asked", async () => {
  const digest = await registry.image("a", "1", "old");
  await registry.image("a", "1", "new");
  expect((await collect()).manifests).toEqual([]);
  const { manifests, blobs } = await collect({ ...OLD, untagged: true });
  expect(manifests).toEqual([{ repository: "a", digest }]);
  expect(blobs.map((blob) => blob.digest)).toEqual([digestOf("old")]);
});

test("bytes of an upload that goes on stay, however old their file is", async () => {
  const { headers } = await registry.send("POST", "/v2/a/blobs/uploads/");
  const id = headers.get("location")!.split("/").at(-1)!;
  const { records } = registry.options;
  const upload = (await records.upload("a", id))!;
  await records.advanceUpload({ ...upload, touched: Date.now() + 3_600_000 }, 0);
  expect(await collect()).toMatchObject({ uploads: 0, stray: 0 });
  expect(readdirSync(join(registry.root, "uploads"))).toEqual([id]);
});

test("uploads that nobody went on with are given up", async () => {
  const { headers } = await registry.send("POST", "/v2/a/blobs/uploads/");
  const upload = headers.get("location")!;
  await registry.send("PATCH", upload, "01234");
  expect((await collect()).uploads).toBe(1);
  expect((await registry.send("PATCH", upload, "56789")).code).toBe("BLOB_UPLOAD_UNKNOWN");
  expect(readdirSync(join(registry.root, "uploads"))).toEqual([]);
});

test("what a crash left without a record goes when it is old", async () => {
  await registry.image("a", "1", "layer");
  const hex = "ab".repeat(32);
  const directory = join(registry.root, "blobs/sha256", digestOf("layer").slice(7, 9));
  const left = [join(directory, `${hex}.left`), join(registry.root, "uploads/left")];
  for (const path of left) writeFileSync(path, "123");
  expect((await collect(HOUR)).stray).toBe(0);
  for (const path of left) utimesSync(path, new Date(0), new Date(0));
  expect((await collect({ ...HOUR, dryRun: true })).stray).toBe(6);
  expect(await stored()).toBe(4);
  expect(await collect(HOUR)).toMatchObject({ stray: 6, bytes: 6 });
  expect(await stored()).toBe(2);
});

test("a blob that is pushed again while it is collected keeps its new bytes", async () => {
  const digest = await registry.blob("a", "blob");
  const { blobs } = registry.options;
  const slow = {
    ...blobs,
    list: () => blobs.list!(),
    async delete(blob: Parameters<typeof blobs.delete>[0]) {
      await registry.blob("a", "blob");
      await blobs.delete(blob);
    },
  };
  await collectGarbage(registry.options.records, slow, OLD);
  expect((await registry.send("GET", `/v2/a/blobs/${digest}`)).text).toBe("blob");
});

test("pushes while collections run end right, or say what is missing", async () => {
  const texts = Array.from({ length: 12 }, (_, at) => `layer ${at}`);
  const pushing = new AbortController();
  const collections = (async () => {
    while (!pushing.signal.aborted) await collect();
  })();
  const pushes = texts.map(async (text) => {
    for (;;) {
      await registry.blob("a", "{}");
      await registry.blob("a", text);
      const { status, code } = await registry.put("a", text.replace(" ", ""), imageOf(text));
      if (status === 201) return;
      expect(code).toBe("MANIFEST_BLOB_UNKNOWN");
    }
  });
  await Promise.all(pushes);
  pushing.abort();
  await collections;
  for (const text of texts)
    expect((await registry.send("GET", `/v2/a/blobs/${digestOf(text)}`)).text).toBe(text);
});
