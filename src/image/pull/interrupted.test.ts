import { describe, expect, test } from "bun:test";
import { KindedError } from "#errors";
import type { Digest } from "#oci";
import { failure, usePullPlace } from "../testing/pull-place.ts";
import { chunked, noise, type RemoteImage } from "../testing/repository.ts";
import { blobsIn } from "../testing/store.ts";
import type { TarFile } from "../testing/tar.ts";

const NAME = "example.com/app";
const FIRST: TarFile[] = [{ path: "first", content: "first" }];

const place = usePullPlace();

describe("an interrupted pull", () => {
  const LARGE: RemoteImage = { layers: [FIRST, [{ path: "large", content: noise(300_000) }]] };

  test("goes on where it was, and fetches no layer twice", async () => {
    place.repository.put("latest", LARGE);
    place.repository.serve = (bytes) => cut(bytes, 200_000);
    expect(await failure(place.pull())).toMatchObject([
      "unavailable",
      expect.stringMatching(/^layer /),
    ]);
    expect(await place.store.images.list()).toEqual([]);
    expect(place.partial()).toHaveLength(1);
    place.repository.serve = chunked;
    place.repository.requests.length = 0;
    await place.pull();
    const { digest } = JSON.parse(repositoryManifest()).layers[1];
    expect(place.blobRequests()).toEqual([`blob ${digest} 200000`]);
    expect(place.partial()).toEqual([]);
  });

  test("by its caller ends with the caller's reason", async () => {
    place.repository.put("latest", LARGE);
    const controller = new AbortController();
    const reason = new Error("enough");
    place.repository.serve = async function* (bytes) {
      for await (const chunk of chunked(bytes)) {
        yield chunk;
        controller.abort(reason);
      }
    };
    expect(await failure(place.pull(NAME, { signal: controller.signal }))).toEqual([
      "internal",
      "enough",
    ]);
  });

  test("whose bytes were changed since begins anew, once", async () => {
    place.repository.put("latest", LARGE);
    const { digest, size } = JSON.parse(repositoryManifest()).layers[1];
    for (const wrong of [new Uint8Array(1000), new Uint8Array(size + 1)]) {
      {
        await using ingestion = await place.store.content.resume(digest as Digest);
        ingestion.write(wrong);
      }
      place.repository.requests.length = 0;
      await place.pull();
      expect(place.blobRequests().at(-1)).toBe(`blob ${digest} 0`);
      await place.store.images.remove(NAME);
    }
  });

  test("is forgotten by image prune", async () => {
    place.repository.put("latest", LARGE);
    place.repository.serve = (bytes) => cut(bytes, 200_000);
    await failure(place.pull());
    expect((await place.store.images.prune()).reclaimed).toBeGreaterThanOrEqual(200_000);
    expect([place.partial(), blobsIn(place.store)]).toEqual([[], []]);
  });

  test("two at once fetch each layer once", async () => {
    place.repository.put("latest", LARGE);
    const [one, other] = await Promise.all([place.pull(), place.pull()]);
    expect(one[0]!.id).toBe(other[0]!.id);
    const { digest } = JSON.parse(repositoryManifest()).layers[1];
    expect(place.blobRequests().filter((line) => line.includes(digest))).toHaveLength(1);
  });
});

function repositoryManifest(): string {
  return new TextDecoder().decode(place.repository.manifests.get("latest")!.bytes);
}

/** A connection that breaks after so many bytes. */
async function* cut(bytes: Uint8Array, after: number): AsyncGenerator<Uint8Array> {
  yield* chunked(bytes.subarray(0, after));
  if (bytes.length > after) throw new KindedError("unavailable", "the connection broke");
}
