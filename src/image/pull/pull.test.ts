import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { namesIn } from "#bytes";
import { KindedError, kindOf, messageOf } from "#errors";
import { type Digest, digestOf, hostPlatform, mediaTypes } from "#oci";
import type { PullEvent } from "../index.ts";
import { chunked, type RemoteImage, remoteOf, TestRepository } from "../testing/repository.ts";
import { blobsIn, openTestStore, putImage, saved, type TestStore } from "../testing/store.ts";
import type { TarFile } from "../testing/tar.ts";

const NAME = "example.com/app";
const FIRST: TarFile[] = [{ path: "first", content: "first" }];
const SECOND: TarFile[] = [{ path: "second", content: noise(20_000) }];
const IMAGE: RemoteImage = { layers: [FIRST, SECOND] };

let repository: TestRepository;
let store: TestStore;
let events: PullEvent[];

beforeEach(() => {
  repository = new TestRepository();
  store = openTestStore({ remote: remoteOf(repository) });
  events = [];
});
afterEach(() => store[Symbol.dispose]());

const pull = (name = NAME, options = {}) =>
  store.images.pull(name, { onEvent: (event) => events.push(event), ...options });

async function failure(work: Promise<unknown>): Promise<[kind: string, message: string]> {
  try {
    await work;
  } catch (error) {
    return [kindOf(error), messageOf(error)];
  }
  return ["nothing", ""];
}

const partial = () => namesIn(join(store.root, "ingest"));
const blobRequests = () => repository.requests.filter((line) => line.startsWith("blob"));

describe("an image", () => {
  test("comes in with its layers, its tag and its digest", async () => {
    const id = repository.put("latest", IMAGE);
    const { digest } = repository.manifests.get("latest")!.descriptor;
    expect(await pull()).toEqual([{ id, name: "example.com/app:latest", digest, isNewer: true }]);
    const [image] = await store.images.list();
    expect(image).toMatchObject({
      id,
      repoTags: ["example.com/app:latest"],
      repoDigests: [`example.com/app@${digest}`],
      size: 20_005,
    });
    expect(partial()).toEqual([]);
    expect((await saved(store, NAME)).length).toBeGreaterThan(20_000);
  });

  test("is the same whatever its layers are packed with", async () => {
    const ids = [
      repository.put("gzip", IMAGE),
      repository.put("zstd", { ...IMAGE, pack: zstdCompressSync }),
      repository.put("plain", { ...IMAGE, pack: (tar) => tar }),
      repository.put("docker", { ...IMAGE, isDocker: true }),
    ];
    for (const tag of ["gzip", "zstd", "plain", "docker"]) {
      using fresh = openTestStore({ remote: remoteOf(repository) });
      const [image] = await fresh.images.pull(`${NAME}:${tag}`);
      expect(ids).toContain(image!.id);
      expect((await fresh.images.inspect(`${NAME}:${tag}`)).RootFS.Layers).toHaveLength(2);
    }
  });

  test("without layers, and with the same layer twice", async () => {
    repository.put("empty", { layers: [] });
    repository.put("twice", { layers: [FIRST, FIRST] });
    await pull(`${NAME}:empty`);
    await pull(`${NAME}:twice`);
    expect(blobRequests()).toHaveLength(3);
    expect((await store.images.inspect(`${NAME}:twice`)).RootFS.Layers).toHaveLength(2);
  });

  test("tells a plan before the first byte of a layer, then each layer's way", async () => {
    repository.put("base", { layers: [FIRST] });
    await pull(`${NAME}:base`);
    events = [];
    repository.put("latest", IMAGE);
    await pull();
    expect(events.map(({ kind }) => kind).filter((kind) => kind !== "progress")).toEqual([
      "begin",
      "plan",
      "complete",
      "pulled",
    ]);
    const plan = events.find((event) => event.kind === "plan");
    expect(plan?.layers.map(({ isHere }) => isHere)).toEqual([true, false]);
    expect(events.findLast((event) => event.kind === "progress")?.bytes).toBe(
      plan!.layers[1]!.size,
    );
  });
});

describe("what is here", () => {
  test("is not fetched again: a known digest costs one question, a digest none", async () => {
    repository.put("latest", IMAGE);
    const [first] = await pull();
    repository.requests.length = 0;
    expect(await pull()).toEqual([{ ...first!, isNewer: false }]);
    expect(repository.requests).toEqual(["resolve latest"]);
    repository.requests.length = 0;
    expect(await pull(`${NAME}@${first!.digest}`)).toMatchObject([{ isNewer: false }]);
    expect(repository.requests).toEqual([]);
  });

  test("is not fetched in another form either", async () => {
    await putImage(store, { layers: [FIRST], names: ["docker.io/library/own:latest"] });
    repository.put("latest", IMAGE);
    await pull();
    expect(blobRequests()).toHaveLength(2);
    expect((await saved(store, NAME)).length).toBeGreaterThan(20_000);
  });

  test("but damaged or gone is fetched again", async () => {
    repository.put("latest", IMAGE);
    await pull();
    const { digest } = JSON.parse(repositoryManifest()).layers[1];
    store.content.delete(digest);
    expect(await pull()).toMatchObject([{ isNewer: false }]);
    expect(store.content.stat(digest)).toBeDefined();
  });

  test("as a blob without a record is read, not fetched", async () => {
    repository.put("latest", IMAGE);
    const [, layer] = JSON.parse(repositoryManifest()).layers;
    await using ingestion = store.content.ingest();
    ingestion.write(repository.blobs.get(layer.digest)!);
    await ingestion.commit();
    await pull();
    expect(blobRequests().join()).not.toContain(layer.digest);
    expect((await store.images.inspect(NAME)).RootFS.Layers).toHaveLength(2);
  });

  test("loses its tag when the tag moves on", async () => {
    const old = repository.put("latest", { layers: [FIRST] });
    await pull();
    const now = repository.put("latest", IMAGE);
    expect(await pull()).toMatchObject([{ id: now, isNewer: true }]);
    const images = await store.images.list();
    expect(images.find(({ id }) => id === old)).toMatchObject({ repoTags: [] });
    expect(images.find(({ id }) => id === old)!.repoDigests).toHaveLength(1);
  });
});

describe("an index", () => {
  const own = hostPlatform();
  const other = { os: "linux", architecture: own.architecture === "arm64" ? "amd64" : "arm64" };

  test("leads to the machine's own platform, or the one asked for", async () => {
    const attestation = {
      ...repository.putBlob(new TextEncoder().encode("{}"), mediaTypes.ociManifest),
      platform: { os: "unknown", architecture: "unknown" },
      annotations: { "vnd.docker.reference.type": "attestation-manifest" },
    };
    const [foreign, ours] = repository.putIndex(
      "latest",
      [
        { layers: [FIRST], platform: other },
        { layers: [SECOND], platform: own },
      ],
      [attestation],
    );
    const { digest } = repository.manifests.get("latest")!.descriptor;
    expect(await pull()).toMatchObject([{ id: ours, digest }]);
    expect(await pull(NAME, { platform: other })).toMatchObject([{ id: foreign, digest }]);
    expect(await pull()).toMatchObject([{ id: ours, digest, isNewer: true }]);
    expect((await store.images.resolve(`${NAME}@${digest}`)).id).toBe(ours!);
  });

  test("of several variants leads to the best that runs", async () => {
    const variants = ["v5", "v7", "v6", "v8"];
    const images = variants.map((variant, index): RemoteImage => {
      const platform = { os: "linux", architecture: "arm", variant };
      return { layers: [[{ path: `${index}` }]], platform };
    });
    const [v5, v7, v6] = repository.putIndex("latest", images);
    const choose = async (variant?: string) => {
      const platform = { os: "linux", architecture: "arm", ...(variant && { variant }) };
      return (await pull(NAME, { platform }))[0]!.id;
    };
    expect([await choose(), await choose("v7"), await choose("v6"), await choose("v5")]).toEqual([
      v7!,
      v7!,
      v6!,
      v5!,
    ]);
    expect(await failure(choose("v4"))).toMatchObject(["not-found", expect.any(String)]);
  });

  test("within an index is gone into", async () => {
    const [id] = repository.putIndex("inner", [{ layers: [FIRST] }]);
    const inner = repository.manifests.get("inner")!.descriptor;
    repository.putManifest("latest", mediaTypes.ociIndex, { schemaVersion: 2, manifests: [inner] });
    expect(await pull(NAME, { platform: { os: "linux", architecture: "amd64" } })).toMatchObject([
      { id: id! },
    ]);
  });

  test("without the platform is refused in Docker's words, with what it has", async () => {
    repository.putIndex("latest", [{ layers: [FIRST] }]);
    const platform = { os: "linux", architecture: "s390x" };
    expect(await failure(pull(NAME, { platform }))).toEqual([
      "not-found",
      "no matching manifest for linux/s390x in the manifest list entries; --platform can be linux/amd64",
    ]);
  });
});

describe("all tags", () => {
  test("come in, those that are no images are passed over", async () => {
    const ids = [repository.put("1", IMAGE), repository.put("2", { layers: [FIRST] })];
    repository.put("chart", {
      layers: [FIRST],
      spoilManifest: (manifest) => ({
        ...manifest,
        config: { ...(manifest.config as object), mediaType: "application/vnd.cncf.helm.config" },
      }),
    });
    expect((await pull(NAME, { all: true })).map(({ id }) => id)).toEqual(ids);
    expect(events.filter(({ kind }) => kind === "skipped")).toHaveLength(1);
    expect(await failure(pull(`${NAME}:1`, { all: true }))).toEqual([
      "invalid-argument",
      "tag can't be used with --all-tags/-a",
    ]);
  });
});

describe("an interrupted pull", () => {
  const LARGE: RemoteImage = { layers: [FIRST, [{ path: "large", content: noise(300_000) }]] };

  test("goes on where it was, and fetches no layer twice", async () => {
    repository.put("latest", LARGE);
    repository.serve = (bytes) => cut(bytes, 200_000);
    expect(await failure(pull())).toMatchObject(["unavailable", expect.stringMatching(/^layer /)]);
    expect(await store.images.list()).toEqual([]);
    expect(partial()).toHaveLength(1);
    repository.serve = chunked;
    repository.requests.length = 0;
    await pull();
    const { digest } = JSON.parse(repositoryManifest()).layers[1];
    expect(blobRequests()).toEqual([`blob ${digest} 200000`]);
    expect(partial()).toEqual([]);
  });

  test("by its caller ends with the caller's reason", async () => {
    repository.put("latest", LARGE);
    const controller = new AbortController();
    const reason = new Error("enough");
    repository.serve = async function* (bytes) {
      for await (const chunk of chunked(bytes)) {
        yield chunk;
        controller.abort(reason);
      }
    };
    expect(await failure(pull(NAME, { signal: controller.signal }))).toEqual([
      "internal",
      "enough",
    ]);
  });

  test("whose bytes were changed since begins anew, once", async () => {
    repository.put("latest", LARGE);
    const { digest, size } = JSON.parse(repositoryManifest()).layers[1];
    for (const wrong of [new Uint8Array(1000), new Uint8Array(size + 1)]) {
      {
        await using ingestion = await store.content.resume(digest as Digest);
        ingestion.write(wrong);
      }
      repository.requests.length = 0;
      await pull();
      expect(blobRequests().at(-1)).toBe(`blob ${digest} 0`);
      await store.images.remove(NAME);
    }
  });

  test("is forgotten by image prune", async () => {
    repository.put("latest", LARGE);
    repository.serve = (bytes) => cut(bytes, 200_000);
    await failure(pull());
    expect((await store.images.prune()).reclaimed).toBeGreaterThanOrEqual(200_000);
    expect([partial(), blobsIn(store)]).toEqual([[], []]);
  });

  test("two at once fetch each layer once", async () => {
    repository.put("latest", LARGE);
    const [one, other] = await Promise.all([pull(), pull()]);
    expect(one[0]!.id).toBe(other[0]!.id);
    const { digest } = JSON.parse(repositoryManifest()).layers[1];
    expect(blobRequests().filter((line) => line.includes(digest))).toHaveLength(1);
  });
});

describe("a registry that lies", () => {
  const cases: Record<string, [kind: string, message: string, lie: () => void]> = {
    "bytes of another digest": [
      "data-loss",
      "filesystem layer verification failed for digest",
      () => {
        repository.put("latest", IMAGE);
        repository.serve = (bytes) =>
          chunked(bytes.map((byte, at) => (at === 9999 ? ~byte : byte)));
      },
    ],
    "a diffID that is another layer's": [
      "data-loss",
      "layers from manifest don't match image configuration",
      () =>
        repository.put("latest", {
          ...IMAGE,
          spoilConfig: (config) => ({
            ...config,
            rootfs: { type: "layers", diff_ids: [digestOf("x"), digestOf("y")] },
          }),
        }),
    ],
    "fewer diffIDs than layers": [
      "data-loss",
      "2 layers, 1 diffIDs",
      () =>
        repository.put("latest", {
          ...IMAGE,
          spoilConfig: (config) => ({
            ...config,
            rootfs: { type: "layers", diff_ids: [digestOf("x")] },
          }),
        }),
    ],
    "a layer that is no tar": [
      "invalid-argument",
      "this is not a tar header",
      () => repository.put("latest", { ...IMAGE, pack: (tar) => noise(tar.length) }),
    ],
    "an artifact": [
      "unsupported",
      "unsupported media type application/x.chart: this is an artifact",
      () =>
        repository.put("latest", {
          ...IMAGE,
          spoilManifest: (manifest) => ({
            ...manifest,
            artifactType: "application/x.chart",
            config: {
              ...(manifest.config as object),
              mediaType: mediaTypes.ociEmpty,
            },
          }),
        }),
    ],
    "a manifest that is an index, too": [
      "invalid-argument",
      "a manifest and an index at once",
      () =>
        repository.put("latest", {
          ...IMAGE,
          spoilManifest: (manifest) => ({ ...manifest, manifests: [] }),
        }),
    ],
    "a layer that escapes its root": [
      "invalid-argument",
      "",
      () => repository.put("latest", { layers: [[{ path: "../../etc/passwd", content: "x" }]] }),
    ],
    "a layer in a form that no layer may have": [
      "unsupported",
      "no layer may be in xz",
      () =>
        repository.put("latest", {
          ...IMAGE,
          pack: (tar) => Buffer.concat([Buffer.from("fd377a585a000004", "hex"), tar]),
        }),
    ],
  };

  for (const [name, [kind, message, lie]] of Object.entries(cases))
    test(`${name} is refused and leaves nothing`, async () => {
      lie();
      const [actual, text] = await failure(pull());
      expect([actual, text]).toEqual([kind, expect.stringContaining(message)]);
      expect(await store.images.list()).toEqual([]);
      expect([partial(), blobsIn(store)]).toEqual([[], []]);
    });

  test("a name that it does not have says so, with a tag that is like it", async () => {
    repository.put("latest", IMAGE);
    expect(await failure(pull(`${NAME}:latst`))).toEqual([
      "not-found",
      "manifest unknown (did you mean latest?)",
    ]);
  });
});

test("a store without registries says so", async () => {
  using alone = openTestStore();
  expect(await failure(alone.images.pull("app"))).toEqual([
    "failed-precondition",
    expect.stringContaining("registries"),
  ]);
});

function repositoryManifest(): string {
  return new TextDecoder().decode(repository.manifests.get("latest")!.bytes);
}

/** Bytes that do not get smaller by compression. */
function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

/** A connection that breaks after so many bytes. */
async function* cut(bytes: Uint8Array, after: number): AsyncGenerator<Uint8Array> {
  yield* chunked(bytes.subarray(0, after));
  if (bytes.length > after) throw new KindedError("unavailable", "the connection broke");
}
