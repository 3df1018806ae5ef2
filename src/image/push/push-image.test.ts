import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { chunksOf, gunzip } from "#bytes";
import { KindedError } from "#errors";
import { type Descriptor, digestOf, type Manifest, mediaTypes } from "#oci";
import { createMemoryRegistry, type MemoryRegistry } from "../copy/testing/memory-registry.ts";
import type { PushEvent, PushOptions } from "../image-service.ts";
import { dockerArchive } from "../testing/archives.ts";
import { openTestStore, putImage, type TestStore } from "../testing/store.ts";
import { tarOf } from "../testing/tar.ts";
import { rememberPlace } from "./blob-places.ts";

const BASE = [{ path: "etc/os", content: "deb" }];
const BIG = [{ path: "big", content: Buffer.alloc(3_000_000, "shale ") }];
const NAME = "registry.test/me/app";

let store: TestStore;
let registry: MemoryRegistry;
beforeEach(() => {
  registry = createMemoryRegistry();
  store = openTestStore({ remote: async () => registry });
});
afterEach(() => store[Symbol.dispose]());

const push = (name = `${NAME}:1`, options?: PushOptions) => store.images.push(name, options);

function manifestAt(repository = NAME, tag = "1"): { mediaType: string; manifest: Manifest } {
  const content = registry.content(repository);
  const { mediaType, bytes } = content.manifests.get(content.tags.get(tag)!)!;
  return { mediaType, manifest: JSON.parse(new TextDecoder().decode(bytes)) };
}

function bytesOf({ digest }: Descriptor, repository = NAME): Uint8Array {
  return registry.content(repository).blobs.get(digest)!;
}

async function loadPacked(pack: (bytes: Uint8Array) => Uint8Array, tag = `${NAME}:1`) {
  const archive = dockerArchive({ layers: [BIG], tags: [tag], packed: [pack(tarOf(BIG))] });
  const [image] = await store.images.load(chunksOf(archive.bytes));
  return store.state.images.get(image!.id)!;
}

describe("an image made here", () => {
  test("goes with its layers in gzip, then the config, the manifest last", async () => {
    const id = await putImage(store, { layers: [BASE, BIG], names: [`${NAME}:1`] });
    const [pushed] = await push();
    const { mediaType, manifest } = manifestAt();
    expect(mediaType).toBe(mediaTypes.ociManifest);
    expect(manifest.config).toMatchObject({ digest: id, mediaType: mediaTypes.ociConfig });
    for (const [index, files] of [BASE, BIG].entries()) {
      const layer = manifest.layers[index]!;
      const chunks = await Array.fromAsync(gunzip(chunksOf(bytesOf(layer))), Buffer.from);
      expect(Buffer.concat(chunks).equals(tarOf(files))).toBe(true);
      expect(layer).toEqual({
        mediaType: mediaTypes.ociLayerGzip,
        digest: digestOf(bytesOf(layer)),
        size: bytesOf(layer).length,
      });
    }
    expect(registry.sent.log.slice(2)).toEqual([`me/app blob ${id}`, "me/app manifest 1"]);
    expect(pushed).toMatchObject({
      name: `${NAME}:1`,
      digest: registry.content(NAME).tags.get("1")!,
    });
  });

  test("is known by the digest that it has there", async () => {
    const id = await putImage(store, { layers: [BASE], names: [`${NAME}:1`] });
    const { digest } = (await push())[0]!;
    expect((await store.images.resolve(`${NAME}@${digest}`)).id).toBe(id);
    expect((await store.images.inspect(`${NAME}:1`)).RepoDigests).toEqual([`${NAME}@${digest}`]);
    expect(store.state.leases.held()).toEqual([]);
  });

  test("is sent and compressed once: the second push finds all of it", async () => {
    await putImage(store, { layers: [BASE, BIG], names: [`${NAME}:1`, `${NAME}:2`] });
    const [first] = await push();
    const { bytes } = registry.sent;
    registry.beforeBlob = () => Promise.reject(new Error("it was sent again"));
    const [second] = await push(`${NAME}:2`);
    expect(second!.digest).toBe(first!.digest);
    expect(registry.sent.bytes).toBe(bytes);
  });

  test("is mounted from where this store pushed it to", async () => {
    const other = "registry.test/you/other";
    await putImage(store, {
      layers: [BASE, BIG],
      names: [`${NAME}:1`, `${other}:1`, "else.test/x:1"],
    });
    await push();
    const { bytes } = registry.sent;
    const events: PushEvent[] = [];
    await push(`${other}:1`, { onEvent: (event) => events.push(event) });
    expect(registry.sent.bytes).toBe(bytes);
    const sent = events.filter((event) => event.kind === "sent");
    expect(sent.map(({ blob }) => [blob.how, blob.from])).toEqual(
      Array(2).fill(["mounted", "me/app"]),
    );
    await push("else.test/x:1");
    expect(registry.sent.bytes).toBe(2 * bytes);
  });

  test("gets the form that is asked for", async () => {
    await putImage(store, { layers: [BIG], names: [`${NAME}:1`] });
    await push(`${NAME}:1`, { compression: "zstd", level: 9 });
    expect(manifestAt().manifest.layers[0]).toMatchObject({ mediaType: mediaTypes.ociLayerZstd });
    await push(`${NAME}:1`, { compression: "none" });
    const plain = manifestAt().manifest.layers[0]!;
    expect(plain).toMatchObject({ mediaType: mediaTypes.ociLayer, digest: digestOf(tarOf(BIG)) });
    await push(`${NAME}:1`, { format: "docker", compression: "gzip" });
    const docker = manifestAt();
    expect(docker.mediaType).toBe(mediaTypes.dockerManifest);
    expect(docker.manifest).toMatchObject({
      mediaType: mediaTypes.dockerManifest,
      config: { mediaType: mediaTypes.dockerConfig },
      layers: [{ mediaType: mediaTypes.dockerLayerGzip }],
    });
  });

  test("is compressed anew where another compressor made what is remembered", async () => {
    await putImage(store, { layers: [BIG], names: [`${NAME}:1`] });
    await push();
    const { digest } = manifestAt().manifest.layers[0]!;
    for (const [key] of store.state.facts.all("compressed-layers"))
      store.state.facts.put("compressed-layers", key, `sha256:${"0".repeat(64)} 1`);
    registry.content(NAME).blobs.clear();
    await push();
    expect(manifestAt().manifest.layers[0]!.digest).toBe(digest);
  });

  test("is sent on from where a connection broke", async () => {
    await putImage(store, { layers: [BIG], names: [`${NAME}:1`] });
    registry.beforeBlob = async ({ open }) => {
      for await (const _ of open(0)) break;
      const whole = Buffer.concat(await Array.fromAsync(open(0), Buffer.from));
      const rest = Buffer.concat(await Array.fromAsync(open(100), Buffer.from));
      expect(rest.equals(whole.subarray(100))).toBe(true);
    };
    await push();
    expect(registry.sent.log).toHaveLength(3);
  });
});

describe("an image from elsewhere", () => {
  test("goes back as it came", async () => {
    const { manifest } = await loadPacked(gzipSync);
    const [pushed] = await push();
    expect(pushed!.digest).toBe(manifest);
    await push(`${NAME}:1`, { compression: "gzip" });
    expect(registry.content(NAME).tags.get("1")).toBe(manifest);
  });

  test("goes back with uncompressed layers if it was met so", async () => {
    const { manifest, id } = await loadPacked((bytes) => bytes);
    store.state.names.set(`${NAME}@${manifest}`, id);
    expect((await push())[0]!.digest).toBe(manifest);
  });

  test("changes its compression when asked, and its format when it must", async () => {
    await loadPacked(zstdCompressSync);
    await push();
    expect(manifestAt().manifest.layers[0]!.mediaType).toBe(mediaTypes.ociLayerZstd);
    await push(`${NAME}:1`, { format: "docker" });
    const { manifest } = manifestAt();
    expect(manifest.layers[0]!.mediaType).toBe(mediaTypes.dockerLayerGzip);
    expect(Bun.gunzipSync(Buffer.from(bytesOf(manifest.layers[0]!))).length).toBe(
      tarOf(BIG).length,
    );
  });

  test("is mounted from the repository that it came from", async () => {
    const { id } = await loadPacked(gzipSync);
    const manifest = JSON.parse(
      new TextDecoder().decode(await store.content.read(store.state.images.get(id)!.manifest)),
    ) as Manifest;
    const blobs = [manifest.config, ...manifest.layers].map(({ digest }) => digest);
    const base = { registry: "registry.test", repository: "base" };
    rememberPlace(store.state.facts, base, blobs);
    for (const digest of blobs)
      registry.content("registry.test/base").blobs.set(digest, await store.content.read(digest));
    await push();
    expect(registry.sent.bytes).toBe(0);
  });
});

describe("what is pushed", () => {
  test("by --all: every tag of the repository", async () => {
    await putImage(store, { layers: [BASE], names: [`${NAME}:1`, `${NAME}:2`, `${NAME}x:3`] });
    const pushed = await push(NAME, { all: true });
    expect(pushed.map(({ name }) => name)).toEqual([`${NAME}:1`, `${NAME}:2`]);
    expect([...registry.content(NAME).tags.keys()]).toEqual(["1", "2"]);
  });

  test("survives the removal of the image meanwhile", async () => {
    await putImage(store, { layers: [BASE, BIG], names: [`${NAME}:1`] });
    registry.beforeBlob = () => store.images.remove(`${NAME}:1`).catch(() => undefined);
    await push();
    expect(manifestAt().manifest.layers).toHaveLength(2);
    expect(store.state.names.list()).toEqual([]);
  });

  test("has its layers beside each other on the way, but not all at once", async () => {
    const layers = Array.from({ length: 20 }, (_, at) => [{ path: `f${at}`, content: `${at}` }]);
    await putImage(store, { layers, names: [`${NAME}:1`] });
    let [now, most] = [0, 0];
    registry.beforeBlob = async () => {
      most = Math.max(most, ++now);
      await Bun.sleep(1);
      now--;
    };
    await push();
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(6);
  });

  test("is verified: a damaged layer does not leave the store", async () => {
    const { id } = await loadPacked(gzipSync);
    const manifest = JSON.parse(
      new TextDecoder().decode(await store.content.read(store.state.images.get(id)!.manifest)),
    ) as Manifest;
    const path = store.content.path(manifest.layers[0]!.digest)!;
    const bytes = Buffer.from(await Bun.file(path).bytes());
    bytes[bytes.length - 20]! ^= 1;
    await Bun.write(path, bytes);
    await expect(push()).rejects.toThrow("is damaged");
    expect(registry.content(NAME).manifests.size).toBe(0);
  });
});

describe("refused with Docker's words", () => {
  test.each([
    [
      "registry.test/none:1",
      {},
      "An image does not exist locally with the tag: registry.test/none",
    ],
    [`${NAME}:2`, {}, `tag does not exist: ${NAME}:2`],
    [NAME, {}, `tag does not exist: ${NAME}:latest`],
    [`${NAME}:1`, { all: true }, "tag can't be used with --all-tags/-a"],
    [`${NAME}@sha256:${"a".repeat(64)}`, {}, "cannot push a digest reference"],
    [`${NAME}:1`, { format: "docker", compression: "zstd" }, "has no zstd layers"],
    [
      `${NAME}:1`,
      { compression: "gzip", level: 10 },
      "invalid compression level 10: gzip has 1 to 9",
    ],
  ] as const)("%s %j", async (name, options, message) => {
    await putImage(store, { layers: [BASE], names: [`${NAME}:1`] });
    await expect(push(name, options)).rejects.toThrow(message);
    expect(registry.sent.log).toEqual([]);
  });

  test("and with a remedy where a namespace is missing", async () => {
    await putImage(store, { layers: [BASE], names: ["docker.io/library/app:1"] });
    registry.beforeBlob = () => Promise.reject(new KindedError("permission-denied", "no"));
    const refused = push("app:1");
    await expect(refused).rejects.toThrow("denied: requested access to the resource is denied");
    await expect(refused).rejects.toThrow('"shale tag app:1 USER/app:1"');
  });
});
