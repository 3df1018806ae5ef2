import { describe, expect, test } from "bun:test";
import { digestOf, mediaTypes } from "#oci";
import { failure, usePullPlace } from "../testing/pull-place.ts";
import { chunked, noise, type RemoteImage } from "../testing/repository.ts";
import { blobsIn } from "../testing/store.ts";
import type { TarFile } from "../testing/tar.ts";

const NAME = "example.com/app";
const FIRST: TarFile[] = [{ path: "first", content: "first" }];
const SECOND: TarFile[] = [{ path: "second", content: noise(20_000) }];
const IMAGE: RemoteImage = { layers: [FIRST, SECOND] };

const place = usePullPlace();

describe("a registry that lies", () => {
  const cases: Record<string, [kind: string, message: string, lie: () => void]> = {
    "bytes of another digest": [
      "data-loss",
      "filesystem layer verification failed for digest",
      () => {
        place.repository.put("latest", IMAGE);
        place.repository.serve = (bytes) =>
          chunked(bytes.map((byte, at) => (at === 9999 ? ~byte : byte)));
      },
    ],
    "a diffID that is another layer's": [
      "data-loss",
      "layers from manifest don't match image configuration",
      () =>
        place.repository.put("latest", {
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
        place.repository.put("latest", {
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
      () => place.repository.put("latest", { ...IMAGE, pack: (tar) => noise(tar.length) }),
    ],
    "an artifact": [
      "unsupported",
      "unsupported media type application/x.chart: this is an artifact",
      () =>
        place.repository.put("latest", {
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
        place.repository.put("latest", {
          ...IMAGE,
          spoilManifest: (manifest) => ({ ...manifest, manifests: [] }),
        }),
    ],
    "a layer that escapes its root": [
      "invalid-argument",
      "",
      () =>
        place.repository.put("latest", { layers: [[{ path: "../../etc/passwd", content: "x" }]] }),
    ],
    "a layer in a form that no layer may have": [
      "unsupported",
      "no layer may be in xz",
      () =>
        place.repository.put("latest", {
          ...IMAGE,
          pack: (tar) => Buffer.concat([Buffer.from("fd377a585a000004", "hex"), tar]),
        }),
    ],
  };

  for (const [name, [kind, message, lie]] of Object.entries(cases))
    test(`${name} is refused and leaves nothing`, async () => {
      lie();
      const [actual, text] = await failure(place.pull());
      expect([actual, text]).toEqual([kind, expect.stringContaining(message)]);
      expect(await place.store.images.list()).toEqual([]);
      expect([place.partial(), blobsIn(place.store)]).toEqual([[], []]);
    });

  test("a name that it does not have says so, with a tag that is like it", async () => {
    place.repository.put("latest", IMAGE);
    expect(await failure(place.pull(`${NAME}:latst`))).toEqual([
      "not-found",
      "manifest unknown (did you mean latest?)",
    ]);
  });
});
