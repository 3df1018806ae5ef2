import { describe, expect, test } from "bun:test";
import { zstdCompressSync } from "node:zlib";
import { hostPlatform, mediaTypes } from "#oci";
import { failure, usePullPlace } from "../testing/pull-place.ts";
import { noise, type RemoteImage, remoteOf } from "../testing/repository.ts";
import { openTestStore, putImage, saved } from "../testing/store.ts";
import type { TarFile } from "../testing/tar.ts";

const NAME = "example.com/app";
const FIRST: TarFile[] = [{ path: "first", content: "first" }];
const SECOND: TarFile[] = [{ path: "second", content: noise(20_000) }];
const IMAGE: RemoteImage = { layers: [FIRST, SECOND] };

const place = usePullPlace();

describe("an image", () => {
  test("comes in with its layers, its tag and its digest", async () => {
    const id = place.repository.put("latest", IMAGE);
    const { digest } = place.repository.manifests.get("latest")!.descriptor;
    expect(await place.pull()).toEqual([
      { id, name: "example.com/app:latest", digest, isNewer: true },
    ]);
    const [image] = await place.store.images.list();
    expect(image).toMatchObject({
      id,
      repoTags: ["example.com/app:latest"],
      repoDigests: [`example.com/app@${digest}`],
      size: 20_005,
    });
    expect(place.partial()).toEqual([]);
    expect((await saved(place.store, NAME)).length).toBeGreaterThan(20_000);
  });

  test("is the same whatever its layers are packed with", async () => {
    const ids = [
      place.repository.put("gzip", IMAGE),
      place.repository.put("zstd", { ...IMAGE, pack: zstdCompressSync }),
      place.repository.put("plain", { ...IMAGE, pack: (tar) => tar }),
      place.repository.put("docker", { ...IMAGE, isDocker: true }),
    ];
    for (const tag of ["gzip", "zstd", "plain", "docker"]) {
      using fresh = openTestStore({ remote: remoteOf(place.repository) });
      const [image] = await fresh.images.pull(`${NAME}:${tag}`);
      expect(ids).toContain(image!.id);
      expect((await fresh.images.inspect(`${NAME}:${tag}`)).RootFS.Layers).toHaveLength(2);
    }
  });

  test("without layers, and with the same layer twice", async () => {
    place.repository.put("empty", { layers: [] });
    place.repository.put("twice", { layers: [FIRST, FIRST] });
    await place.pull(`${NAME}:empty`);
    await place.pull(`${NAME}:twice`);
    expect(place.blobRequests()).toHaveLength(3);
    expect((await place.store.images.inspect(`${NAME}:twice`)).RootFS.Layers).toHaveLength(2);
  });

  test("tells a plan before the first byte of a layer, then each layer's way", async () => {
    place.repository.put("base", { layers: [FIRST] });
    await place.pull(`${NAME}:base`);
    place.events.length = 0;
    place.repository.put("latest", IMAGE);
    await place.pull();
    expect(place.events.map(({ kind }) => kind).filter((kind) => kind !== "progress")).toEqual([
      "begin",
      "plan",
      "complete",
      "pulled",
    ]);
    const plan = place.events.find((event) => event.kind === "plan");
    expect(plan?.layers.map(({ isHere }) => isHere)).toEqual([true, false]);
    expect(place.events.findLast((event) => event.kind === "progress")?.bytes).toBe(
      plan!.layers[1]!.size,
    );
  });
});

describe("what is here", () => {
  test("is not fetched again: a known digest costs one question, a digest none", async () => {
    place.repository.put("latest", IMAGE);
    const [first] = await place.pull();
    place.repository.requests.length = 0;
    expect(await place.pull()).toEqual([{ ...first!, isNewer: false }]);
    expect(place.repository.requests).toEqual(["resolve latest"]);
    place.repository.requests.length = 0;
    expect(await place.pull(`${NAME}@${first!.digest}`)).toMatchObject([{ isNewer: false }]);
    expect(place.repository.requests).toEqual([]);
  });

  test("is not fetched in another form either", async () => {
    await putImage(place.store, { layers: [FIRST], names: ["docker.io/library/own:latest"] });
    place.repository.put("latest", IMAGE);
    await place.pull();
    expect(place.blobRequests()).toHaveLength(2);
    expect((await saved(place.store, NAME)).length).toBeGreaterThan(20_000);
  });

  test("but damaged or gone is fetched again", async () => {
    place.repository.put("latest", IMAGE);
    await place.pull();
    const { digest } = JSON.parse(repositoryManifest()).layers[1];
    place.store.content.delete(digest);
    expect(await place.pull()).toMatchObject([{ isNewer: false }]);
    expect(place.store.content.stat(digest)).toBeDefined();
  });

  test("as a blob without a record is read, not fetched", async () => {
    place.repository.put("latest", IMAGE);
    const [, layer] = JSON.parse(repositoryManifest()).layers;
    await using ingestion = place.store.content.ingest();
    ingestion.write(place.repository.blobs.get(layer.digest)!);
    await ingestion.commit();
    await place.pull();
    expect(place.blobRequests().join()).not.toContain(layer.digest);
    expect((await place.store.images.inspect(NAME)).RootFS.Layers).toHaveLength(2);
  });

  test("loses its tag when the tag moves on", async () => {
    const old = place.repository.put("latest", { layers: [FIRST] });
    await place.pull();
    const now = place.repository.put("latest", IMAGE);
    expect(await place.pull()).toMatchObject([{ id: now, isNewer: true }]);
    const images = await place.store.images.list();
    expect(images.find(({ id }) => id === old)).toMatchObject({ repoTags: [] });
    expect(images.find(({ id }) => id === old)!.repoDigests).toHaveLength(1);
  });
});

describe("an index", () => {
  const own = hostPlatform();
  const other = { os: "linux", architecture: own.architecture === "arm64" ? "amd64" : "arm64" };

  test("leads to the machine's own platform, or the one asked for", async () => {
    const attestation = {
      ...place.repository.putBlob(new TextEncoder().encode("{}"), mediaTypes.ociManifest),
      platform: { os: "unknown", architecture: "unknown" },
      annotations: { "vnd.docker.reference.type": "attestation-manifest" },
    };
    const [foreign, ours] = place.repository.putIndex(
      "latest",
      [
        { layers: [FIRST], platform: other },
        { layers: [SECOND], platform: own },
      ],
      [attestation],
    );
    const { digest } = place.repository.manifests.get("latest")!.descriptor;
    expect(await place.pull()).toMatchObject([{ id: ours, digest }]);
    expect(await place.pull(NAME, { platform: other })).toMatchObject([{ id: foreign, digest }]);
    expect(await place.pull()).toMatchObject([{ id: ours, digest, isNewer: true }]);
    expect((await place.store.images.resolve(`${NAME}@${digest}`)).id).toBe(ours!);
  });

  test("of several variants leads to the best that runs", async () => {
    const variants = ["v5", "v7", "v6", "v8"];
    const images = variants.map((variant, index): RemoteImage => {
      const platform = { os: "linux", architecture: "arm", variant };
      return { layers: [[{ path: `${index}` }]], platform };
    });
    const [v5, v7, v6] = place.repository.putIndex("latest", images);
    const choose = async (variant?: string) => {
      const platform = { os: "linux", architecture: "arm", ...(variant && { variant }) };
      return (await place.pull(NAME, { platform }))[0]!.id;
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
    const [id] = place.repository.putIndex("inner", [{ layers: [FIRST] }]);
    const inner = place.repository.manifests.get("inner")!.descriptor;
    place.repository.putManifest("latest", mediaTypes.ociIndex, {
      schemaVersion: 2,
      manifests: [inner],
    });
    expect(
      await place.pull(NAME, { platform: { os: "linux", architecture: "amd64" } }),
    ).toMatchObject([{ id: id! }]);
  });

  test("without the platform is refused in Docker's words, with what it has", async () => {
    place.repository.putIndex("latest", [{ layers: [FIRST] }]);
    const platform = { os: "linux", architecture: "s390x" };
    expect(await failure(place.pull(NAME, { platform }))).toEqual([
      "not-found",
      "no matching manifest for linux/s390x in the manifest list entries; --platform can be linux/amd64",
    ]);
  });
});

describe("all tags", () => {
  test("come in, those that are no images are passed over", async () => {
    const ids = [place.repository.put("1", IMAGE), place.repository.put("2", { layers: [FIRST] })];
    place.repository.put("chart", {
      layers: [FIRST],
      spoilManifest: (manifest) => ({
        ...manifest,
        config: { ...(manifest.config as object), mediaType: "application/vnd.cncf.helm.config" },
      }),
    });
    expect((await place.pull(NAME, { all: true })).map(({ id }) => id)).toEqual(ids);
    expect(place.events.filter(({ kind }) => kind === "skipped")).toHaveLength(1);
    expect(await failure(place.pull(`${NAME}:1`, { all: true }))).toEqual([
      "invalid-argument",
      "tag can't be used with --all-tags/-a",
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
  return new TextDecoder().decode(place.repository.manifests.get("latest")!.bytes);
}
