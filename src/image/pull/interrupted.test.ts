import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { namesIn } from "#bytes";
import { KindedError, kindOf, messageOf } from "#errors";
import type { Digest } from "#oci";
import type { PullEvent } from "../index.ts";
import {
  chunked,
  noise,
  type RemoteImage,
  remoteOf,
  TestRepository,
} from "../testing/repository.ts";
import { blobsIn, openTestStore, type TestStore } from "../testing/store.ts";
import type { TarFile } from "../testing/tar.ts";

const NAME = "example.com/app";
const FIRST: TarFile[] = [{ path: "first", content: "first" }];

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

function repositoryManifest(): string {
  return new TextDecoder().decode(repository.manifests.get("latest")!.bytes);
}

/** A connection that breaks after so many bytes. */
async function* cut(bytes: Uint8Array, after: number): AsyncGenerator<Uint8Array> {
  yield* chunked(bytes.subarray(0, after));
  if (bytes.length > after) throw new KindedError("unavailable", "the connection broke");
}
