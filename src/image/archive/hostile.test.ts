import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { chunksOf } from "#bytes";
import { type Digest, digestOf, hexOf, mediaTypes } from "#oci";
import { canonicalJson } from "../canonical-json.ts";
import { dockerArchive, layout } from "../testing/archives.ts";
import { blobsIn, openTestStore, putImage, type TestStore } from "../testing/store.ts";
import { type TarFile, tarOf } from "../testing/tar.ts";

const FILES: TarFile[] = [{ path: "file", content: "content" }];
const BIG: TarFile[] = [{ path: "big", content: Buffer.alloc(100_000, "x") }];
const LIMITS = { most: 2 ** 40, ratio: 100, free: 2 ** 20 };

let store: TestStore;
let before: Digest[];

beforeAll(async () => {
  store = openTestStore({ limits: LIMITS });
  await putImage(store, { layers: [BIG], names: ["docker.io/library/innocent:1"] });
  before = blobsIn(store);
});
afterAll(() => store[Symbol.dispose]());

/** Whatever was refused has left nothing behind and broken nothing. */
afterEach(() => {
  expect(blobsIn(store)).toEqual(before);
  expect(store.state.images.list()).toHaveLength(1);
  expect(store.state.names.list()).toHaveLength(1);
  expect(store.state.layers.list()).toHaveLength(1);
  expect(store.state.leases.held()).toEqual([]);
});

const docker = (spoil: (files: TarFile[]) => TarFile[], layers = [FILES]) =>
  dockerArchive({ layers, tags: ["evil:1"], spoil }).bytes;
const oci = (spoil: (files: TarFile[]) => TarFile[], layers = [FILES]) =>
  layout({ images: [{ layers }], name: "docker.io/library/evil:1", spoil }).bytes;
const without = (path: string) => (files: TarFile[]) => files.filter((file) => file.path !== path);
const replaced = (path: string, content: unknown) => (files: TarFile[]) =>
  files.map((file) => (file.path === path ? { path, content: canonicalJson(content) } : file));
const plus =
  (...more: TarFile[]) =>
  (files: TarFile[]) => [...files, ...more];
const manifestWith = (fields: object) => (files: TarFile[]) => {
  const { content } = files.find(({ path }) => path === "manifest.json")!;
  const [manifest] = JSON.parse(Buffer.from(content!).toString());
  return replaced("manifest.json", [{ ...manifest, ...fields }])(files);
};

/** An archive whose one layer is this tar, whatever that is. */
function withLayer(tar: Uint8Array, diffId = digestOf(tar)): Uint8Array {
  const config = {
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [diffId] },
  };
  const manifest = [{ Config: "c.json", RepoTags: ["evil:1"], Layers: ["l.tar"] }];
  return tarOf([
    { path: "l.tar", content: tar },
    { path: "c.json", content: canonicalJson(config) },
    { path: "manifest.json", content: canonicalJson(manifest) },
  ]);
}

/** A layout whose index.json lists this one descriptor. */
function listing(descriptor: object, ...blobs: Uint8Array[]): Uint8Array {
  return tarOf([
    { path: "index.json", content: canonicalJson({ schemaVersion: 2, manifests: [descriptor] }) },
    ...blobs.map((content) => ({ path: `blobs/sha256/${hexOf(digestOf(content))}`, content })),
  ]);
}

const json = canonicalJson({ schemaVersion: 2 });
const sparse = { size: 2 ** 34, sparse: [{ offset: 4096, length: 4096 }] };
const VAST = Array.from({ length: 15 }, (_, i) => ({
  path: `vast${i}`,
  content: Buffer.alloc(4096),
  ...sparse,
}));
const bomb = gzipSync(tarOf([{ path: "zeros", content: Buffer.alloc(8_000_000) }]));

const cases: Record<string, [archive: () => Uint8Array, message: string | RegExp]> = {
  "nothing at all": [() => new Uint8Array(), "this is no image archive"],
  "no archive": [() => Buffer.from("hello world".repeat(100)), "not a tar header"],
  "a root file system": [() => tarOf(FILES), "use import for the tar of a root file system"],
  "no image in manifest.json": [
    () => tarOf([{ path: "manifest.json", content: "[]" }]),
    "the archive lists no image",
  ],
  "a manifest.json that is not JSON": [
    () => tarOf([{ path: "manifest.json", content: "[{" }]),
    "manifest.json is not JSON",
  ],
  "a manifest.json of another shape": [
    () => docker(replaced("manifest.json", [{ Config: 7 }])),
    "manifest.json is not what docker save writes",
  ],
  "layers that are no paths": [
    () => docker(manifestWith({ Layers: [{}] })),
    "manifest.json is not",
  ],
  "a name that cannot be": [
    () => docker(manifestWith({ RepoTags: ["a b"] })),
    "invalid reference format",
  ],
  "a config that is missing": [
    () => docker(manifestWith({ Config: "no.json" })),
    'has no "no.json"',
  ],
  "a config outside of the archive": [
    () => docker(manifestWith({ Config: "../../etc/passwd" })),
    'has no "../../etc/passwd"',
  ],
  "a layer outside of the archive": [
    () => docker(manifestWith({ Layers: ["/etc/passwd"] })),
    'has no "/etc/passwd"',
  ],
  "a link out of the archive": [
    () =>
      docker((files) =>
        files.map((file) => (file.linkPath ? { ...file, linkPath: "../../../etc/passwd" } : file)),
      ),
    'has no "0/layer.tar"',
  ],
  "links in circles": [
    () =>
      docker((files) =>
        files.map((file) => (file.linkPath ? { ...file, linkPath: "layer.tar" } : file)),
      ),
    "lead in circles",
  ],
  "an entry above the archive": [
    () => docker(plus({ path: "../../evil", content: "x" })),
    'entry "../../evil" leaves the archive',
  ],
  "the same path twice": [
    () => docker(plus({ path: "./manifest.json", content: "[]" })),
    'has "manifest.json" twice',
  ],
  "a sparse file of 8 EiB": [
    () => docker(plus({ path: "huge", size: 2 ** 52, sparse: [] })),
    "is a sparse file",
  ],
  "a layer that is missing": [() => docker(without("shared/layer.tar")), 'has no "0/layer.tar"'],
  "a layer that is another one": [
    () => withLayer(tarOf(FILES), digestOf(tarOf(BIG)) as never),
    /layer l.tar of the archive is sha256:.*, its config says sha256:/,
  ],
  "fewer layers than the config has": [
    () => docker(manifestWith({ Layers: [] })),
    "lists 0 layers",
  ],
  "a layer that is no tar": [
    () => withLayer(Buffer.alloc(200_000, "no tar")),
    "layer l.tar of the archive",
  ],
  "a small layer that is no tar": [
    () => withLayer(Buffer.from("no tar".repeat(200))),
    "layer l.tar",
  ],
  "a layer with a path above its root": [
    () => withLayer(tarOf([{ path: "../../etc/cron.d/evil", content: "x" }])),
    'goes up by ".."',
  ],
  "a layer whose hard link leaves its root": [
    () => withLayer(tarOf([{ path: "a", type: "hardlink", linkPath: "../../etc/shadow" }])),
    'goes up by ".."',
  ],
  "a layer whose whiteout leaves its root": [
    () => withLayer(tarOf([{ path: "etc/.wh..", content: "" }])),
    "names nothing that can be removed",
  ],
  "a layer whose index would be a thousand times its size": [
    () => withLayer(gzipSync(tarOf(VAST)), digestOf(tarOf(VAST))),
    'chunks of sparse files (at "vast0")',
  ],
  "a layer that is cut off": [() => withLayer(tarOf(BIG).subarray(0, 50_000)), "cut off"],
  "a damaged gzip layer": [() => withLayer(spoiled(gzipSync(tarOf(BIG)))), "damaged gzip data"],
  "a bomb for a layer": [() => withLayer(bomb), "decompression bomb"],
  "a bomb that nobody uses": [
    () => docker(plus({ path: "bomb", content: Buffer.concat([bomb, pad(bomb)]) })),
    "decompression bomb",
  ],
  "a bomb for an archive": [() => bomb, "decompression bomb"],
  "an archive that is cut off": [
    () => docker((files) => files, [BIG]).subarray(0, 60_000),
    "cut off",
  ],
  "a compressed archive that is cut off": [
    () => gzipSync(docker((files) => files)).subarray(0, 300),
    "damaged gzip data",
  ],
  "a compressed archive with a wrong checksum": [
    () => spoiled(gzipSync(docker((files) => files))),
    "damaged gzip data",
  ],
  "a config that is no object": [
    () =>
      tarOf([
        { path: "c", content: "[]" },
        { path: "manifest.json", content: '[{"Config":"c"}]' },
      ]),
    "is not a JSON object",
  ],
  "a config without diff_ids that are digests": [
    () =>
      tarOf([
        { path: "c", content: '{"rootfs":{"diff_ids":["sha256:../../x"]}}' },
        { path: "manifest.json", content: '[{"Config":"c"}]' },
      ]),
    "no valid rootfs.diff_ids",
  ],
  "a config whose Env is no list": [
    () =>
      tarOf([
        { path: "c", content: '{"config":{"Env":"PATH"},"rootfs":{"diff_ids":[]}}' },
        { path: "manifest.json", content: '[{"Config":"c"}]' },
      ]),
    "Env is not a list of strings",
  ],
  "a blob with another digest than its name": [
    () =>
      oci((files) => files.map((file, index) => (index === 0 ? { ...file, content: "{}" } : file))),
    "has another digest",
  ],
  "a large blob with another digest than its name": [
    () =>
      oci(
        (files) =>
          files.map((file) =>
            (file.content?.length ?? 0) > 90_000
              ? { ...file, content: tarOf([...BIG, ...FILES]) }
              : file,
          ),
        [BIG],
      ),
    "expected digest",
  ],
  "an index.json without manifests": [
    () => tarOf([{ path: "index.json", content: "{}" }]),
    "has no manifests",
  ],
  "a digest that climbs": [
    () =>
      listing({ mediaType: mediaTypes.ociManifest, digest: "sha256:../../../etc/passwd", size: 1 }),
    "invalid descriptor",
  ],
  "a manifest that is missing": [
    () => listing({ mediaType: mediaTypes.ociManifest, digest: digestOf("x"), size: 1 }),
    "it is not complete",
  ],
  "a manifest of another size": [
    () => listing({ mediaType: mediaTypes.ociManifest, digest: digestOf(json), size: 1 }, json),
    "has 19 bytes, not 1",
  ],
  "a manifest without layers": [
    () => listing({ mediaType: mediaTypes.ociManifest, digest: digestOf(json), size: 19 }, json),
    "has no layers",
  ],
  "indexes in indexes without end": [() => nested(9), "nested too deeply"],
  "only attestations": [
    () =>
      listing({
        mediaType: mediaTypes.ociManifest,
        digest: digestOf(json),
        size: 19,
        annotations: { "vnd.docker.reference.type": "attestation-manifest" },
      }),
    "the archive lists no image",
  ],
};

for (const [what, [archive, message]] of Object.entries(cases))
  test(`${what} is refused`, async () => {
    await expect(store.images.load(chunksOf(archive()))).rejects.toThrow(message);
  });

test("a source that fails takes the load down with its own error", async () => {
  const archive = docker((files) => files, [BIG]);
  const broken = (async function* () {
    yield archive.subarray(0, 50_000);
    throw new Error("the network is gone");
  })();
  await expect(store.images.load(broken)).rejects.toThrow("the network is gone");
});

test("an abort leaves nothing behind", async () => {
  const archive = docker((files) => files, [BIG]);
  const controller = new AbortController();
  const loading = store.images.load(chunksOf(archive.subarray(0, 9000), archive.subarray(9000)), {
    signal: controller.signal,
    onEvent: () => controller.abort(),
  });
  await expect(loading).rejects.toMatchObject({ name: "AbortError" });
});

function spoiled(bytes: Uint8Array): Uint8Array {
  return bytes.with(bytes.length - 6, bytes.at(-6)! ^ 1);
}

/** Zeros after a gzip stream, so that it is too large to be kept in memory. */
function pad(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(Math.max(0, 70_000 - bytes.length));
}

function nested(depth: number): Uint8Array {
  const blobs: Uint8Array[] = [];
  let descriptor: object = { mediaType: mediaTypes.ociManifest, digest: digestOf(json), size: 19 };
  for (let level = 0; level < depth; level++) {
    const index = canonicalJson({ schemaVersion: 2, manifests: [descriptor] });
    blobs.push(index);
    descriptor = { mediaType: mediaTypes.ociIndex, digest: digestOf(index), size: index.length };
  }
  return listing(descriptor, ...blobs);
}
