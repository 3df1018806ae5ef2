import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { chunksOf, collect } from "#bytes";
import { type DiffId, digestOf, hexOf, mediaTypes } from "#oci";
import { readTar } from "#tar";
import type { LoadEvent } from "../image-service.ts";
import { collectGarbage } from "../index.ts";
import { dockerArchive, layout } from "../testing/archives.ts";
import { blobsIn, openTestStore, putImage, saved, type TestStore } from "../testing/store.ts";
import { contentSize, tarOf } from "../testing/tar.ts";
import { saveImages } from "./save.ts";

const BASE = [
  { path: "etc", type: "directory", mode: 0o755 } as const,
  { path: "etc/os", content: "deb" },
];
const BIG = [{ path: "big", content: Buffer.alloc(100_000, "shale") }];
const TOP = [{ path: "etc/.wh.os" }];

let source: TestStore;
let target: TestStore;
beforeEach(() => {
  source = openTestStore();
  target = openTestStore();
});
afterEach(() => {
  source[Symbol.dispose]();
  target[Symbol.dispose]();
});

const name = (text: string) => `docker.io/library/${text}`;
const load = (bytes: Uint8Array) => target.images.load(chunksOf(bytes));

async function pathsOf(tar: Uint8Array): Promise<string[]> {
  const paths: string[] = [];
  for await (const { header } of readTar(chunksOf(tar))) paths.push(header.path);
  return paths;
}

async function textAt(tar: Uint8Array, path: string): Promise<string> {
  let text = "";
  for await (const { header, body } of readTar(chunksOf(tar)))
    if (header.path === path) for await (const chunk of body) text += Buffer.from(chunk).toString();
  return text;
}

describe("what save writes", () => {
  test("comes back as the same images under the same names", async () => {
    const app = await putImage(source, {
      layers: [BASE, BIG, TOP],
      names: [name("app:1"), name("app:2")],
    });
    const other = await putImage(source, { layers: [BASE], names: [name("other:x")] });
    const archive = await saved(source, "app", "other:x");
    expect(await load(archive)).toEqual([
      { id: app, names: ["app:1", "app:2"] },
      { id: other, names: ["other:x"] },
    ]);
    expect(blobsIn(target)).toEqual(blobsIn(source));
    expect(target.state.images.get(app)?.manifest).toBe(source.state.images.get(app)!.manifest);
    expect(target.state.layers.list()).toHaveLength(3);
  });

  test("has every blob once and is the same each time", async () => {
    await putImage(source, { layers: [BASE, BASE, BIG], names: [name("a:1")] });
    await putImage(source, { layers: [BASE, BIG], names: [name("b:1")] });
    const archive = await saved(source, "a:1", "b:1");
    const paths = await pathsOf(archive);
    expect(new Set(paths).size).toBe(paths.length);
    expect(Buffer.compare(await saved(source, "a:1", "b:1"), archive)).toBe(0);
  });

  test("names images as containerd does, and as docker save does", async () => {
    const id = await putImage(source, { layers: [BASE], names: [name("app:1")] });
    const archive = await saved(source, "app:1");
    const { manifest } = source.state.images.get(id)!;
    expect(JSON.parse(await textAt(archive, "index.json"))).toEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [
        {
          mediaType: mediaTypes.ociManifest,
          digest: manifest,
          size: source.content.stat(manifest)!.size,
          platform: { architecture: "amd64", os: "linux" },
          annotations: {
            "io.containerd.image.name": "docker.io/library/app:1",
            "org.opencontainers.image.ref.name": "1",
          },
        },
      ],
    });
    const layer = source.state.layers.list()[0]!.blob;
    expect(JSON.parse(await textAt(archive, "manifest.json"))).toEqual([
      {
        Config: `blobs/sha256/${hexOf(id)}`,
        RepoTags: ["app:1"],
        Layers: [`blobs/sha256/${hexOf(layer)}`],
      },
    ]);
  });

  test("has no name for an image that was asked for by its ID", async () => {
    const id = await putImage(source, { layers: [BASE], names: [name("app:1")] });
    expect(await load(await saved(source, hexOf(id).slice(0, 12)))).toEqual([{ id, names: [] }]);
  });

  test("begins only when all names are known", async () => {
    await putImage(source, { layers: [BASE], names: [name("app:1")] });
    await expect(source.images.save(["app:1", "nothing"])).rejects.toThrow(
      "No such image: nothing",
    );
    expect(source.state.leases.held()).toEqual([]);
  });

  test("is read whatever it is compressed with (needs xz and bzip2)", async () => {
    const id = await putImage(source, { layers: [BASE, BIG], names: [name("app:1")] });
    const archive = await saved(source, "app:1");
    const packed = [
      gzipSync(archive),
      zstdCompressSync(archive),
      filtered("xz", archive),
      filtered("bzip2", archive),
    ];
    for (const bytes of packed) {
      using fresh = openTestStore();
      expect(await fresh.images.load(chunksOf(bytes))).toEqual([{ id, names: ["app:1"] }]);
    }
  });

  test("may be loaded again, and takes its names back", async () => {
    const id = await putImage(source, { layers: [BASE], names: [name("app:1")] });
    const archive = await saved(source, "app:1");
    await load(archive);
    const other = await putImage(target, { layers: [BIG], names: [name("app:1")] });
    const events: LoadEvent[] = [];
    await target.images.load(chunksOf(archive), { onEvent: (event) => events.push(event) });
    expect(events).toContainEqual({ kind: "renamed", name: "app:1", old: other });
    expect((await target.images.resolve("app:1")).id).toBe(id);
  });
});

describe("what others write", () => {
  test("docker before version 25: folders with links to shared layers, manifest.json last", async () => {
    const archive = dockerArchive({ layers: [BASE, BIG], tags: ["old:1", "registry.test/old:2"] });
    const [image] = await load(archive.bytes);
    expect(image).toEqual({ id: archive.id, names: ["old:1", "registry.test/old:2"] });
    expect(
      target.state.layers
        .list()
        .map((row) => row.size)
        .sort(),
    ).toEqual([BASE, BIG].map(contentSize).sort());
  });

  test("layers in any compression keep their form, except xz and bzip2 (needs both)", async () => {
    const tar = tarOf(BIG);
    const forms: [Uint8Array, string][] = [
      [tar, mediaTypes.ociLayer],
      [gzipSync(tar), mediaTypes.ociLayerGzip],
      [zstdCompressSync(tar), mediaTypes.ociLayerZstd],
      [filtered("xz", tar), mediaTypes.ociLayer],
      [filtered("bzip2", tar), mediaTypes.ociLayer],
    ];
    for (const [packed, mediaType] of forms) {
      using fresh = openTestStore();
      const archive = dockerArchive({ layers: [BIG], tags: ["app:1"], packed: [packed] });
      await fresh.images.load(chunksOf(archive.bytes));
      const [row] = fresh.state.layers.list();
      expect(row).toMatchObject({ diffId: digestOf(tar), mediaType, size: contentSize(BIG) });
    }
  });

  test("an index of platforms gives the image for this machine or the one asked for", async () => {
    const archive = layout({
      index: [
        { layers: [BASE], platform: { os: "linux", architecture: "amd64" } },
        { layers: [BIG], platform: { os: "linux", architecture: "arm64", variant: "v8" } },
      ],
      name: "docker.io/library/multi:1",
    });
    const wanted = { os: "linux", architecture: "arm64" };
    const [image] = await target.images.load(chunksOf(archive.bytes), { platform: wanted });
    expect(image).toEqual({ id: archive.ids[1]!, names: ["multi:1"] });
    // What the other image needs is not kept.
    expect(target.state.layers.list().map((row) => row.blob)).toEqual([digestOf(tarOf(BIG))]);
    expect(blobsIn(target)).toHaveLength(3);
    const refused = target.images.load(chunksOf(archive.bytes), {
      platform: { os: "linux", architecture: "s390x" },
    });
    await expect(refused).rejects.toThrow("linux/amd64, linux/arm64/v8");
  });

  test("names: a whole reference in ref.name counts, a tag alone does not", async () => {
    const named = (refName: string) =>
      layout({
        images: [{ layers: [BASE] }],
        annotations: { "org.opencontainers.image.ref.name": refName },
      });
    expect((await load(named("localhost/app:1").bytes))[0]?.names).toEqual(["localhost/app:1"]);
    expect((await load(named("v1").bytes))[0]?.names).toEqual([]);
  });

  test("entries that no image uses are dropped", async () => {
    const archive = dockerArchive({
      layers: [BASE],
      tags: ["app:1"],
      extra: [
        { path: "sbom.bin", content: Buffer.alloc(100_000, 7) },
        { path: "notes/readme.txt", content: "hello" },
        { path: "device", type: "char", deviceMajor: 1, deviceMinor: 3 },
      ],
    });
    await load(archive.bytes);
    expect(blobsIn(target)).toHaveLength(3);
  });
});

/** The source store, where `work` is done right before the nth blob is read whole. */
function beforeRead(nth: number, work: () => unknown) {
  let reads = 0;
  const { content } = source;
  const read: typeof content.read = async (...args) => {
    if (++reads === nth) await work();
    return await content.read(...args);
  };
  return { ...source, content: { ...content, read } };
}

describe("beside others at work in the store", () => {
  test("an image that is removed while it is saved is saved whole, and goes then", async () => {
    const id = await putImage(source, { layers: [BASE, BIG], names: [name("app:1")] });
    const store = beforeRead(1, () => source.images.remove("app:1"));
    const archive = await collect(await saveImages(store, ["app:1"]), 100e6);
    expect(source.state.images.list()).toEqual([]);
    expect(await load(archive)).toEqual([{ id, names: ["app:1"] }]);
    await collectGarbage(source);
    expect(blobsIn(source)).toEqual([]);
  });

  test("an image whose form of a layer goes with it is not there", async () => {
    const packed = dockerArchive({
      layers: [BIG],
      tags: ["app:1"],
      packed: [gzipSync(tarOf(BIG))],
    });
    await source.images.load(chunksOf(packed.bytes));
    await putImage(source, { layers: [BIG], names: [name("plain:1")], os: "plan9" });
    const store = beforeRead(2, () => source.images.remove("app:1"));
    await expect(saveImages(store, ["app:1"])).rejects.toThrow("No such image: app:1");
    expect(source.state.leases.held()).toEqual([]);
  });

  test("what is loaded keeps the indexes of its layers while garbage is collected", async () => {
    const noise = [{ path: "noise", content: crypto.getRandomValues(Buffer.alloc(65_000)) }];
    const layer = [...noise, { path: "more", content: crypto.getRandomValues(Buffer.alloc(9000)) }];
    const { bytes, id } = dockerArchive({
      layers: [layer],
      tags: ["app:1"],
      packed: [gzipSync(tarOf(layer))],
    });
    const config = Buffer.from(bytes).indexOf(`${hexOf(id)}.json`);
    const archive = (async function* () {
      yield bytes.subarray(0, config);
      yield bytes.subarray(config, config + 512);
      await collectGarbage(target);
      yield bytes.subarray(config + 512);
    })();
    await target.images.load(archive);
    expect(target.indexes.find(digestOf(tarOf(layer)) as DiffId)).toBeDefined();
  });
});

function filtered(program: string, bytes: Uint8Array): Uint8Array {
  return Bun.spawnSync([program, "-c"], { stdin: bytes }).stdout;
}
