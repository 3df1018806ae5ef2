import { afterEach, beforeEach, expect, test } from "bun:test";
import { type DiffId, type Digest, digestOf } from "#oci";
import { blobsIn, openTestStore, putContainer, putImage, type TestStore } from "./testing/store.ts";

let store: TestStore;
beforeEach(() => {
  store = openTestStore();
});
afterEach(() => store[Symbol.dispose]());

const put = (content: string, name?: string, more: object = {}) =>
  putImage(store, {
    layers: [[{ path: content, content }]],
    names: name ? [`docker.io/library/${name}`] : [],
    ...more,
  });
const left = () => store.state.images.list().map(({ id }) => id);

test("prune takes images without a tag and says what it freed", async () => {
  const tagged = await put("tagged", "app:1");
  const dangling = await put("dangling");
  const before = sizeOf(blobsIn(store));
  const report = await store.images.prune();
  expect(report.removals[0]).toEqual({ deleted: dangling });
  expect(report.removals).toHaveLength(2);
  expect(report.reclaimed).toBe(before - sizeOf(blobsIn(store)));
  expect(left()).toEqual([tagged]);
});

test("with all it takes whatever no container was made from", async () => {
  const used = await put("used", "used:1");
  const unused = await put("unused", "unused:1");
  putContainer(store, used, "exited");
  const { removals } = await store.images.prune({ all: true });
  expect(removals.slice(0, 2)).toEqual([{ untagged: "unused:1" }, { deleted: unused }]);
  expect(left()).toEqual([used]);
});

test("filters keep images from it", async () => {
  const old = await put("old", undefined, { created: "2020-01-01T00:00:00Z" });
  const kept = await put("kept", undefined, {
    created: "2020-01-01T00:00:00Z",
    config: { Labels: { keep: "yes" } },
  });
  const recent = await put("recent", undefined, { created: "2030-01-01T00:00:00Z" });
  await store.images.prune({ filters: { until: ["24h"], "label!": ["keep"] } });
  expect(left().sort()).toEqual([kept, recent].sort());
  expect(left()).not.toContain(old);
  await expect(store.images.prune({ filters: { size: ["1"] } })).rejects.toThrow(
    "invalid filter 'size'",
  );
});

test("prune of nothing frees nothing", async () => {
  await put("tagged", "app:1");
  expect(await store.images.prune()).toEqual({ removals: [], reclaimed: 0 });
});

async function remember(description: string, size: number, content: string): Promise<Digest> {
  const id = await put(content);
  const layers = (await store.images.resolve(id)).config.rootfs.diff_ids;
  store.state.images.delete(id);
  const key = digestOf(description);
  store.state.cache.put({ key, description, result: "{}", layers, size });
  return key;
}

test("builder prune forgets steps and frees their layers, but not those that images share", async () => {
  const id = await put("shared", "app:1");
  const layers: readonly DiffId[] = (await store.images.resolve(id)).config.rootfs.diff_ids;
  const shared = digestOf("shared step");
  store.state.cache.put({ key: shared, description: "RUN shared", result: "{}", layers, size: 1 });
  const own = await remember("RUN own", 10, "own");
  const before = blobsIn(store).length;
  expect((await store.images.pruneCache()).records).toEqual([own]);
  expect(blobsIn(store).length).toBeLessThan(before);
  expect((await store.images.pruneCache({ all: true })).records).toEqual([shared]);
  expect((await store.images.resolve("app:1")).id).toBe(id);
});

test("builder prune keeps what was used last, up to a size", async () => {
  const keys = [
    await remember("a", 100, "a"),
    await remember("b", 100, "b"),
    await remember("c", 100, "c"),
  ];
  await Bun.sleep(2);
  store.state.cache.use(keys[0]!);
  const { records } = await store.images.pruneCache({ keep: 150 });
  expect(records).toHaveLength(2);
  expect(store.state.cache.list().map(({ key }) => key)).toEqual([keys[0]!]);
});

test("builder prune by age and ID", async () => {
  const key = await remember("a", 1, "a");
  expect((await store.images.pruneCache({ filters: { until: ["1h"] } })).records).toEqual([]);
  expect((await store.images.pruneCache({ filters: { id: ["0000"] } })).records).toEqual([]);
  expect((await store.images.pruneCache({ filters: { id: [key.slice(7, 19)] } })).records).toEqual([
    key,
  ]);
});

function sizeOf(blobs: readonly Digest[]): number {
  return blobs.reduce((sum, digest) => sum + store.content.stat(digest)!.size, 0);
}
