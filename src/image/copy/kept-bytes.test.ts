import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Descriptor, type Digest, digestOf, mediaTypes } from "#oci";
import { canonicalJson } from "../canonical-json.ts";
import { openTestStore, putImage, type TestStore } from "../testing/store.ts";
import { tarOf } from "../testing/tar.ts";
import type { ImagePlace } from "./image-place.ts";
import { createMemoryRegistry, type MemoryRegistry } from "./testing/memory-registry.ts";

const TAR = tarOf([{ path: "etc/os", content: "deb" }]);
const LAYER = gzipSync(TAR);
const CONFIG = canonicalJson({
  ...{ architecture: "amd64", os: "linux", config: {} },
  rootfs: { type: "layers", diff_ids: [digestOf(TAR)] },
});

let store: TestStore;
let registry: MemoryRegistry;
beforeEach(() => {
  registry = createMemoryRegistry();
  store = openTestStore({ remote: async () => registry });
});
afterEach(() => store[Symbol.dispose]());

const remote = (name: string): ImagePlace => ({ kind: "registry", name });

function sha512Of(bytes: Uint8Array): Digest {
  return `sha512:${new Bun.CryptoHasher("sha512").update(bytes).digest("hex")}` as Digest;
}

/** Puts a manifest with one layer and its blobs into `a.test/x:1`. */
function put(mediaType: string, layerType: string, nameOf: (bytes: Uint8Array) => Digest) {
  const content = registry.content("a.test/x");
  const described = (type: string, bytes: Uint8Array): Descriptor => {
    content.blobs.set(nameOf(bytes), bytes);
    return { mediaType: type, digest: nameOf(bytes), size: bytes.length };
  };
  const config = described(mediaTypes.ociConfig, CONFIG);
  const layers = [described(layerType, LAYER)];
  return putManifest(mediaType, { schemaVersion: 2, mediaType, config, layers });
}

function putManifest(mediaType: string, json: object): Descriptor {
  const content = registry.content("a.test/x");
  const bytes = canonicalJson(json);
  content.manifests.set(digestOf(bytes), { mediaType, bytes });
  content.tags.set("1", digestOf(bytes));
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

test("a manifest that mixes the types of both formats stays as it is, if no format is asked for", async () => {
  const { digest } = put(mediaTypes.dockerManifest, mediaTypes.ociLayerGzip, digestOf);
  const target = remote("b.test/y:1");
  expect((await store.images.copy(remote("a.test/x:1"), target)).digest).toBe(digest);
  const oci = await store.images.copy(remote("a.test/x:1"), target, { format: "oci" });
  expect(oci.mediaType).toBe(mediaTypes.ociManifest);
});

test("an archive takes digests of any length", async () => {
  const { digest } = put(mediaTypes.ociManifest, mediaTypes.ociLayerGzip, sha512Of);
  const directory = mkdtempSync(join(tmpdir(), "shale-copy-"));
  using _ = { [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
  const archive = { kind: "oci-archive", path: join(directory, "long.tar") } as const;
  await store.images.copy(remote("a.test/x:1"), archive);
  const layout = { kind: "oci", path: join(directory, "layout") } as const;
  expect((await store.images.copy(archive, layout)).digest).toBe(digest);
});

test("an index that lies about the size of what it names is refused", async () => {
  const image = put(mediaTypes.ociManifest, mediaTypes.ociLayerGzip, digestOf);
  const platform = { os: "linux", architecture: "amd64" };
  const manifests = [{ ...image, size: 5, platform }];
  putManifest(mediaTypes.ociIndex, {
    ...{ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests },
  });
  for (const options of [{ all: true }, { platform }])
    await expect(
      store.images.copy(remote("a.test/x:1"), remote("b.test/y:1"), options),
    ).rejects.toMatchObject({ kind: "data-loss", message: expect.stringContaining("not 5") });
});

test("what was copied into the store is mounted from where it came", async () => {
  await putImage(store, {
    layers: [[{ path: "a", content: "a" }]],
    names: ["docker.io/library/app:1"],
  });
  await store.images.copy({ kind: "store", name: "app:1" }, remote("a.test/x:1"));
  using other = openTestStore({ remote: async () => registry });
  const mine: ImagePlace = { kind: "store", name: "mine" };
  await other.images.copy(remote("a.test/x:1"), mine);
  const { bytes } = registry.sent;
  await other.images.copy(mine, remote("a.test/y:1"));
  expect(registry.sent.bytes).toBe(bytes);
});
