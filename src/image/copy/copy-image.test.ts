import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  type Descriptor,
  type Digest,
  digestOf,
  type Index,
  type Manifest,
  mediaTypes,
} from "#oci";
import { canonicalJson } from "../canonical-json.ts";
import type { CopyOptions } from "../image-service.ts";
import { dockerArchive, layout } from "../testing/archives.ts";
import { blobsIn, openTestStore, putImage, type TestStore } from "../testing/store.ts";
import { tarOf } from "../testing/tar.ts";
import type { ImagePlace } from "./image-place.ts";
import { createMemoryRegistry, type MemoryRegistry } from "./testing/memory-registry.ts";

const BASE = [{ path: "etc/os", content: "deb" }];
const BIG = [{ path: "big", content: Buffer.alloc(300_000, "shale ") }];
const TWO_PLATFORMS = {
  name: "docker.io/library/multi:1",
  index: [
    { layers: [BASE], platform: { os: "linux", architecture: "amd64" } },
    { layers: [BASE, BIG], platform: { os: "linux", architecture: "arm64", variant: "v8" } },
  ],
};

let store: TestStore;
let registry: MemoryRegistry;
let directory: string;
beforeEach(() => {
  registry = createMemoryRegistry();
  store = openTestStore({ remote: async () => registry });
  directory = mkdtempSync(join(tmpdir(), "shale-copy-"));
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(directory, { recursive: true });
});

const at = (name: string) => join(directory, name);
const remote = (name: string): ImagePlace => ({ kind: "registry", name });
const file = (
  kind: "oci" | "oci-archive" | "docker-archive",
  path: string,
  reference?: string,
) => ({
  ...{ kind, path: at(path) },
  ...(reference !== undefined && { reference }),
});
const copy = (from: ImagePlace, to: ImagePlace, options?: CopyOptions) =>
  store.images.copy(from, to, options);

function written(name: string, bytes: Uint8Array): string {
  writeFileSync(at(name), bytes);
  return name;
}

function jsonAt<T>(repository: string, reference: string): T {
  const { tags, manifests } = registry.content(repository);
  const digest = tags.get(reference) ?? (reference as Digest);
  return JSON.parse(new TextDecoder().decode(manifests.get(digest)!.bytes)) as T;
}

async function putMulti(): Promise<Descriptor> {
  const archive = layout(TWO_PLATFORMS);
  const place = file("oci-archive", written("multi.tar", archive.bytes));
  return await copy(place, remote("a.test/multi:1"), { all: true });
}

describe("an index", () => {
  test("goes whole with --all, its digests as they were, and is there the next time", async () => {
    const root = await putMulti();
    const original = layout(TWO_PLATFORMS);
    expect(Buffer.from(original.bytes).includes(root.digest.slice(7))).toBe(true);
    expect(jsonAt<Index>("a.test/multi", "1").manifests).toHaveLength(2);
    const again = await copy(remote("a.test/multi:1"), remote("b.test/me/multi:2"), { all: true });
    expect(again).toEqual(root);
    expect(registry.content("b.test/me/multi").blobs).toEqual(
      registry.content("a.test/multi").blobs,
    );
    const { bytes } = registry.sent;
    await copy(remote("a.test/multi:1"), remote("b.test/me/multi:3"), { all: true });
    expect(registry.sent.bytes).toBe(bytes);
    expect(registry.sent.log.at(-1)).toBe("me/multi manifest 3");
  });

  test("gives the image of one platform", async () => {
    await putMulti();
    const { manifests } = jsonAt<Index>("a.test/multi", "1");
    const host = await copy(remote("a.test/multi:1"), remote("b.test/x:1"), {
      platform: { os: "linux", architecture: "amd64" },
    });
    expect(host.digest).toBe(manifests[0]!.digest);
    const arm = { os: "linux", architecture: "arm64" };
    const copied = await copy(remote("a.test/multi:1"), remote("b.test/x:2"), { platform: arm });
    expect(copied.digest).toBe(manifests[1]!.digest);
    const none = { os: "linux", architecture: "s390x" };
    await expect(
      copy(remote("a.test/multi:1"), remote("b.test/x:3"), { platform: none }),
    ).rejects.toThrow("linux/amd64, linux/arm64/v8");
    await expect(
      copy(remote("a.test/multi:1"), remote("b.test/x:3"), { platform: arm, all: true }),
    ).rejects.toThrow("either all platforms");
  });

  test("may change its form with all that it names", async () => {
    await putMulti();
    const options = { all: true, format: "docker", compression: "gzip" } as const;
    const { mediaType } = await copy(remote("a.test/multi:1"), remote("b.test/x:1"), options);
    expect(mediaType).toBe(mediaTypes.dockerIndex);
    const { manifests } = jsonAt<Index>("b.test/x", "1");
    expect(manifests.map((one) => one.platform?.architecture)).toEqual(["amd64", "arm64"]);
    for (const one of manifests) {
      expect(one.mediaType).toBe(mediaTypes.dockerManifest);
      const { layers } = jsonAt<Manifest>("b.test/x", one.digest);
      for (const layer of layers) expect(layer.mediaType).toBe(mediaTypes.dockerLayerGzip);
    }
  });

  test("goes into layouts and archives, and not into what keeps single images", async () => {
    const root = await putMulti();
    const all = { all: true };
    await copy(remote("a.test/multi:1"), file("oci", "dir", "m"), all);
    await copy(file("oci", "dir", "m"), file("oci-archive", "out.tar"), all);
    expect(await copy(file("oci-archive", "out.tar"), remote("c.test/m:1"), all)).toMatchObject({
      digest: root.digest,
    });
    await expect(
      copy(remote("a.test/multi:1"), file("docker-archive", "d.tar"), all),
    ).rejects.toThrow("has no indexes");
    await expect(
      copy(remote("a.test/multi:1"), { kind: "store", name: "m:1" }, all),
    ).rejects.toThrow("images of one platform");
    expect(readdirSync(directory).sort()).toEqual(["dir", "multi.tar", "out.tar"]);
    expect(blobsIn(store)).toEqual([]);
  });
});

describe("an image", () => {
  test("is mounted from another repository of the same registry", async () => {
    const archive = dockerArchive({ layers: [BASE, BIG], tags: ["app:1"] });
    await copy(file("docker-archive", written("d.tar", archive.bytes)), remote("a.test/x:1"));
    const { bytes } = registry.sent;
    await copy(remote("a.test/x:1"), remote("a.test/y:1"));
    expect(registry.sent.bytes).toBe(bytes);
    expect(registry.content("a.test/y").blobs.size).toBe(3);
  });

  test("comes out of docker save, compressed on its way, and goes back in", async () => {
    const archive = dockerArchive({
      layers: [BASE, BIG],
      tags: ["app:1", "app:2"],
      packed: [tarOf(BASE), gzipSync(tarOf(BIG))],
    });
    const place = file("docker-archive", written("d.tar", gzipSync(archive.bytes)), "app:2");
    await copy(place, remote("a.test/x:1"));
    const { config, layers } = jsonAt<Manifest>("a.test/x", "1");
    expect(config.digest).toBe(archive.id);
    expect(layers.map(({ mediaType }) => mediaType)).toEqual(
      Array(2).fill(mediaTypes.dockerLayerGzip),
    );
    expect(layers[1]!.digest).toBe(digestOf(gzipSync(tarOf(BIG))));
    await copy(remote("a.test/x:1"), file("docker-archive", "back.tar", "me/app:3"));
    const [loaded] = await store.images.load(Bun.file(at("back.tar")).stream());
    expect(loaded).toEqual({ id: archive.id, names: ["me/app:3"] });
  });

  test("goes from the store and comes into it", async () => {
    const id = await putImage(store, { layers: [BASE, BIG], names: ["docker.io/library/app:1"] });
    await copy({ kind: "store", name: "app:1" }, remote("a.test/x:1"));
    using other = openTestStore({ remote: async () => registry });
    await other.images.copy(remote("a.test/x:1"), { kind: "store", name: "mine" });
    const found = await other.images.resolve("mine:latest");
    expect(found.id).toBe(id);
    expect(found.manifest).toBe(registry.content("a.test/x").tags.get("1")!);
    expect(other.state.leases.held()).toEqual([]);
    await copy({ kind: "store", name: "app:1" }, file("oci", "dir"));
    const image = await copy(file("oci", "dir"), { kind: "store", name: "again:1" });
    expect(image.digest).toBe(store.state.images.get(id)!.manifest);
  });

  test("takes what refers to it along when asked", async () => {
    await putMulti();
    const [amd] = jsonAt<Index>("a.test/multi", "1").manifests;
    const { config } = jsonAt<Manifest>("a.test/multi", amd!.digest);
    const signature = canonicalJson({
      ...{ schemaVersion: 2, mediaType: mediaTypes.ociManifest, artifactType: "test/signature" },
      ...{ config, layers: [], subject: { ...amd, platform: undefined } },
    });
    const digest = digestOf(signature);
    const { manifests } = registry.content("a.test/multi");
    manifests.set(digest, { mediaType: mediaTypes.ociManifest, bytes: signature });
    const platform = { os: "linux", architecture: "amd64" };
    await copy(remote("a.test/multi:1"), remote("b.test/x:1"), { platform });
    expect(registry.content("b.test/x").manifests.has(digest)).toBe(false);
    await copy(remote("a.test/multi:1"), file("oci", "dir", "m"), { platform, referrers: true });
    await copy(file("oci", "dir", "m"), remote("b.test/x:2"), { referrers: true });
    expect(registry.content("b.test/x").manifests.has(digest)).toBe(true);
  });

  test("has its name in a layout alone, and gives it to the next", async () => {
    await putMulti();
    const target = file("oci", "dir", "m");
    await copy(remote("a.test/multi:1"), target, {
      platform: { os: "linux", architecture: "amd64" },
    });
    const { digest } = await copy(remote("a.test/multi:1"), target, { all: true });
    const index = JSON.parse(readFileSync(join(at("dir"), "index.json"), "utf8")) as Index;
    expect(index.manifests.map((one) => one.digest)).toEqual([digest]);
    await expect(copy(file("oci", "dir", "nope"), remote("b.test/x:1"))).rejects.toThrow(
      "it has: m",
    );
    expect(existsSync(join(at("dir"), "ingest"))).toBe(false);
  });
});

describe("refused", () => {
  test("a damaged blob: nothing gets the name, nothing is left", async () => {
    await putMulti();
    const { blobs } = registry.content("a.test/multi");
    const layer = digestOf(tarOf(BIG));
    blobs.set(layer, tarOf([{ path: "big", content: Buffer.alloc(300_000, "false ") }]));
    const options = { platform: { os: "linux", architecture: "arm64" } };
    const from = remote("a.test/multi:1");
    const targets = [
      remote("b.test/x:1"),
      file("oci-archive", "o.tar"),
      { kind: "store", name: "x" },
    ];
    for (const target of targets as ImagePlace[])
      await expect(copy(from, target, options)).rejects.toThrow(layer);
    expect(registry.content("b.test/x").manifests.size).toBe(0);
    expect(readdirSync(directory)).toEqual(["multi.tar"]);
    expect(blobsIn(store)).toEqual([]);
  });

  test("a manifest that is an index at the same time", async () => {
    await putMulti();
    const both = canonicalJson({ ...jsonAt<Index>("a.test/multi", "1"), layers: [], config: {} });
    const { manifests, tags } = registry.content("a.test/multi");
    manifests.set(digestOf(both), { mediaType: mediaTypes.ociIndex, bytes: both });
    tags.set("both", digestOf(both));
    await expect(
      copy(remote("a.test/multi:both"), remote("b.test/x:1"), { all: true }),
    ).rejects.toThrow("a manifest and an index at once");
  });

  test("a directory that is somebody else's, a target of another digest, a missing file", async () => {
    await putMulti();
    mkdirSync(at("home"));
    writeFileSync(join(at("home"), "letter.txt"), "dear");
    const from = remote("a.test/multi:1");
    await expect(copy(from, file("oci", "home"), { all: true })).rejects.toThrow(
      "neither empty nor",
    );
    const wrong = remote(`b.test/x@sha256:${"0".repeat(64)}`);
    await expect(copy(from, wrong, { all: true })).rejects.toThrow("give the target a tag");
    await expect(copy(file("oci-archive", "none.tar"), from)).rejects.toThrow("no such file");
    await expect(copy(file("oci", "none"), from)).rejects.toThrow("no such directory");
  });

  test("referrers that refer to themselves, without a word", async () => {
    const { digest } = await putMulti();
    const place = registry.repository({ registry: "a.test", repository: "multi" });
    const root = await place.resolve("1");
    const lying = { ...place, referrers: async () => [root, root] };
    registry.repository = ({ repository }) =>
      repository === "multi"
        ? lying
        : createMemoryRegistry().repository({ registry: "b", repository });
    const copied = copy(remote("a.test/multi:1"), remote("b.test/x:1"), {
      all: true,
      referrers: true,
    });
    expect((await copied).digest).toBe(digest);
  });

  test("what was interrupted, with the reason of that", async () => {
    await putMulti();
    const signal = AbortSignal.abort(new Error("the user went home"));
    await expect(
      copy(remote("a.test/multi:1"), remote("b.test/x:1"), { all: true, signal }),
    ).rejects.toThrow("the user went home");
  });
});
