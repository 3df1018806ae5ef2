import { afterEach, beforeEach, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { chainsOf, type DiffId, type Digest, digestOf, mediaTypes } from "#oci";
import { collectGarbage, ensureUnpacked } from "./index.ts";
import { blobsIn, openTestStore, putContainer, putImage, type TestStore } from "./testing/store.ts";
import { tarOf } from "./testing/tar.ts";

const FILES = [{ path: "file", content: "x".repeat(2000) }];
const TOP = [{ path: "top" }];

let store: TestStore;
beforeEach(() => {
  store = openTestStore();
});
afterEach(() => store[Symbol.dispose]());

async function layersOf(id: Digest): Promise<readonly DiffId[]> {
  return (await store.images.resolve(id)).config.rootfs.diff_ids;
}

async function putBlob(bytes: Uint8Array): Promise<Digest> {
  await using ingestion = store.content.ingest();
  ingestion.write(bytes);
  return (await ingestion.commit()).digest;
}

function remember(layers: readonly DiffId[]): void {
  const row = { key: digestOf("step"), description: "RUN x", result: "{}", layers, size: 1 };
  store.state.cache.put(row);
}

test("what images need stays, everything else goes and is counted", async () => {
  await putImage(store, { layers: [FILES, TOP], names: ["docker.io/library/app:1"] });
  const before = blobsIn(store);
  await putBlob(Buffer.from("an orphan"));
  const { blobs, bytes } = await collectGarbage(store);
  expect(blobs.map(({ digest }) => digest)).toEqual([digestOf("an orphan")]);
  expect(bytes).toBe(9);
  expect(blobsIn(store)).toEqual(before);
});

test("a record of a layer whose blob is gone goes", async () => {
  const id = await putImage(store, { layers: [FILES] });
  const [layer] = await layersOf(id);
  store.content.delete(layer!);
  await collectGarbage(store);
  expect(store.state.layers.of(layer!)).toEqual([]);
});

test("an unfinished image goes once its maker has let go of it", async () => {
  const { addLayer } = await import("./index.ts");
  const lease = store.state.leases.open("build");
  const tar = (async function* () {
    yield tarOf(FILES);
  })();
  const { diffId } = await addLayer(store, tar, lease);
  await collectGarbage(store);
  expect(blobsIn(store)).toEqual([diffId]);
  lease[Symbol.dispose]();
  await collectGarbage(store);
  expect(blobsIn(store)).toEqual([]);
});

test("holding an image keeps all of it but its manifest, holding a layer that layer", async () => {
  const id = await putImage(store, { layers: [FILES] });
  const [layer] = await layersOf(id);
  store.state.images.delete(id);
  const lease = store.state.leases.open("run");
  lease.hold("image", id);
  await collectGarbage(store);
  expect(blobsIn(store)).toEqual([id, layer!].sort());
  using narrower = store.state.leases.open("build");
  narrower.hold("layer", layer!);
  lease[Symbol.dispose]();
  await collectGarbage(store);
  expect(blobsIn(store)).toEqual([layer!]);
});

test("the index of a layer that is held and has no record yet stays until it is let go", async () => {
  const { indexLayer } = await import("#layer");
  const indexing = indexLayer();
  indexing.write(tarOf(FILES));
  const diffId = digestOf("on its way in") as DiffId;
  const lease = store.state.leases.open("load");
  lease.hold("layer", diffId);
  store.indexes.put(diffId, indexing.end().index);
  await collectGarbage(store);
  expect(store.indexes.find(diffId)).toBeDefined();
  lease[Symbol.dispose]();
  await collectGarbage(store);
  expect(store.indexes.find(diffId)).toBeUndefined();
});

test("the build cache keeps its layers, and lets go of them with its records", async () => {
  const id = await putImage(store, { layers: [FILES, TOP] });
  const layers = await layersOf(id);
  remember(layers);
  await store.images.remove(id);
  expect(blobsIn(store)).toEqual([...layers].sort());
  expect((await store.images.pruneCache()).reclaimed).toBeGreaterThan(2000);
  expect(blobsIn(store)).toEqual([]);
});

test("of two forms of a layer the one that no image names goes", async () => {
  const id = await putImage(store, { layers: [FILES] });
  const [layer] = await layersOf(id);
  const packed = gzipSync(tarOf(FILES));
  const blob = await putBlob(packed);
  store.state.layers.put({
    diffId: layer!,
    blob,
    mediaType: mediaTypes.ociLayerGzip,
    blobSize: packed.length,
    size: 1,
  });
  remember([layer!]);
  await collectGarbage(store);
  expect(store.state.layers.of(layer!).map((row) => row.blob)).toEqual([layer!]);
  expect(blobsIn(store)).not.toContain(blob);
});

test("a container keeps the layers of an image that is gone", async () => {
  const id = await putImage(store, { layers: [FILES] });
  const layers = await layersOf(id);
  putContainer(store, id, "exited");
  store.state.images.delete(id);
  await collectGarbage(store);
  expect(blobsIn(store)).toEqual([id, ...layers].sort());
});

test("an image whose manifest is lost keeps nothing else from being collected", async () => {
  const id = await putImage(store, { layers: [FILES] });
  store.content.delete(store.state.images.get(id)!.manifest);
  const orphan = await putBlob(Buffer.from("orphan"));
  await collectGarbage(store);
  expect(blobsIn(store)).not.toContain(orphan);
  expect(blobsIn(store)).toContain(id);
});

test("snapshots go with the last image on them, those below another one stay", async () => {
  const base = await putImage(store, { layers: [FILES] });
  const app = await putImage(store, { layers: [FILES, TOP] });
  const [low, high] = chainsOf(await layersOf(app));
  {
    using lease = store.state.leases.open("run");
    await ensureUnpacked(store, await layersOf(app), lease);
  }
  const keys = () => store.state.snapshots.list().map((row) => row.key);
  expect(keys()).toEqual([low!, high!]);
  await store.images.remove(app);
  expect(keys()).toEqual([low!]);
  await store.images.remove(base);
  expect(keys()).toEqual([]);
});

test("a snapshot of a cached layer stays as long as the record", async () => {
  const app = await putImage(store, { layers: [FILES, TOP] });
  const [low, high] = await layersOf(app);
  {
    using lease = store.state.leases.open("build");
    await ensureUnpacked(store, [low!, high!], lease);
  }
  remember([high!]);
  await store.images.remove(app);
  expect(store.state.snapshots.list()).toHaveLength(2);
  await store.images.pruneCache({ all: true });
  expect(store.state.snapshots.list()).toEqual([]);
});

test("a snapshot that a lease holds stays, with all below it", async () => {
  const app = await putImage(store, { layers: [FILES, TOP] });
  using lease = store.state.leases.open("run");
  await ensureUnpacked(store, await layersOf(app), lease);
  await store.images.remove(app);
  expect(store.state.snapshots.list()).toHaveLength(2);
});

test("an active snapshot keeps what it stands on", async () => {
  const app = await putImage(store, { layers: [FILES, TOP] });
  const layers = await layersOf(app);
  const snapshotter = await store.snapshotter();
  using running = store.state.leases.open("run");
  running.hold("snapshot", "container-key");
  {
    using lease = store.state.leases.open("unpack");
    const chain = await ensureUnpacked(store, layers, lease);
    await snapshotter.prepare(chain, "container-key");
  }
  await store.images.remove(app);
  expect(store.state.snapshots.list()).toHaveLength(3);
});
