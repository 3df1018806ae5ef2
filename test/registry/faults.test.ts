// Our client against our server with a proxy between them that does harm.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Kind, KindedError, kindOf, messageOf } from "#errors";
import type { Digest } from "#oci";
import { openTestStore, putImage, type TestStore } from "../../src/image/testing/store.ts";
import { remoteFor, type TestRemote } from "../../src/remote/testing/remote-for.ts";
import { digestOf, randomBytes } from "./conformance/content.ts";
import { createPeer, jsonOf } from "./conformance/peer.ts";
import { type DiskRegistry, startDiskRegistry } from "./disk-registry.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import type { Fault, Rule } from "./faults.ts";

const NAME = "registry.test/team/app";
const LAYERS = [20, 300_000, 1_500_000].map((size, at) => [
  { path: `file-${at}`, content: Buffer.from(randomBytes(size)) },
]);
const TOTAL = 1_800_020;
const BLOB = /\/blobs\/sha/;
const MANIFEST = /\/manifests\//;
const UPLOAD = /\/blobs\/uploads\//;

let registry: DiskRegistry;
let proxy: FaultProxy;
let remote: TestRemote;
let image: Digest;

beforeAll(async () => {
  registry = await startDiskRegistry();
  proxy = await startFaultProxy(registry.url, { seed: 1 });
  using store = openTestStore({ remote: async () => remoteFor(new URL(registry.url).host) });
  image = await putImage(store, { layers: LAYERS, names: [`${NAME}:1`] });
  await store.images.push(`${NAME}:1`);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});
beforeEach(() => {
  remote = remoteFor(proxy.host, {
    timeouts: { connectMs: 2000, headersMs: 500, stallMs: 300 },
  });
});

function harm(...rules: Rule[]): void {
  proxy.requests.length = 0;
  proxy.script(rules);
}

const openStore = () => openTestStore({ remote: async () => remote });

/** Bytes of blobs' content that came through the proxy. */
const fetched = () =>
  proxy.requests.filter(({ path }) => BLOB.test(path)).reduce((sum, { bytes }) => sum + bytes, 0);

/** Each blob of a store is what its digest says, whatever happened. */
function expectVerified(store: TestStore): void {
  for (const digest of blobsBelow(join(store.root, "blobs")))
    expect(digest.actual).toBe(digest.name);
}

function blobsBelow(root: string): { name: string; actual: string }[] {
  if (!existsSync(root)) return [];
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => ({
      name: name.split(".")[0] ?? "",
      actual: digestOf(readFileSync(join(parentPath, name))).slice("sha256:".length),
    }));
}

/** A failure is one error that says what failed, in one line; and nothing is visible of it. */
async function expectFailure(work: Promise<unknown>, kinds: readonly Kind[]): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KindedError);
  expect(kinds, messageOf(error)).toContain(kindOf(error));
  expect(messageOf(error)).toMatch(/^[^\n]{10,400}$/);
}

describe("pull gets there in spite of", () => {
  const first = (fault: Fault, path = BLOB): Rule => ({ method: "GET", path, nth: [1], fault });
  const survived: readonly (readonly [string, readonly Rule[]])[] = [
    ["a 503 for the manifest", [first({ kind: "answer", status: 503 }, MANIFEST)]],
    [
      "a 500, 502 and 504 for a layer",
      [500, 502, 504].map((status, at) => ({
        path: BLOB,
        nth: [at + 1],
        fault: { kind: "answer", status },
      })),
    ],
    ["a connection that closes without an answer", [first({ kind: "hang-up" })]],
    ["a manifest that is cut", [first({ kind: "cut-response", after: 50 }, MANIFEST)]],
    ["a layer that is cut before its first byte", [first({ kind: "cut-response", after: 0 })]],
    [
      "each layer cut in the middle",
      [
        {
          path: BLOB,
          nth: [1, 2, 3, 4],
          fault: { kind: "cut-response", after: { below: 300_000 } },
        },
      ],
    ],
    ["a layer that stalls", [first({ kind: "stall-response", after: 10 })]],
    [
      "a digest header that is none",
      [
        {
          path: MANIFEST,
          fault: { kind: "header", name: "Docker-Content-Digest", value: "../../x" },
        },
      ],
    ],
    [
      "a slow server",
      [{ path: BLOB, nth: [1, 2], fault: { kind: "slow-response", bytesPerSecond: 3_000_000 } }],
    ],
  ];
  for (const [name, rules] of survived)
    test(name, async () => {
      harm(...rules);
      using store = openStore();
      const [pulled] = await store.images.pull(`${NAME}:1`);
      expect(pulled?.id).toBe(image);
      expectVerified(store);
      expect(proxy.requests.some(({ fault }) => fault !== undefined)).toBe(true);
    });

  test("429: it waits as long as Retry-After says", async () => {
    const fault: Fault = { kind: "answer", status: 429, headers: { "retry-after": "7" } };
    harm(first(fault, MANIFEST), first(fault));
    using store = openStore();
    expect((await store.images.pull(`${NAME}:1`))[0]?.id).toBe(image);
    expect(remote.waits.filter((ms) => ms === 7000).length).toBe(2);
  });

  test("cuts: what was verified is not fetched again", async () => {
    harm({ path: BLOB, nth: [1, 2, 3, 4], fault: { kind: "cut-response", after: 150_000 } });
    using store = openStore();
    await store.images.pull(`${NAME}:1`);
    expect(fetched()).toBeLessThan(TOTAL * 1.2);
  });
});

describe("pull fails with one clear error, and works when the harm is over:", () => {
  const refused: readonly (readonly [string, Rule, readonly Kind[]])[] = [
    ["no answer, ever", { fault: { kind: "hang-up" } }, ["unavailable"]],
    ["503 for ever", { path: BLOB, fault: { kind: "answer", status: 503 } }, ["unavailable"]],
    [
      "429 for a day",
      { fault: { kind: "answer", status: 429, headers: { "retry-after": "86400" } } },
      ["resource-exhausted"],
    ],
    [
      "a manifest of other bytes",
      { method: "GET", path: MANIFEST, fault: { kind: "flip", at: 100 } },
      ["data-loss"],
    ],
    [
      "a manifest with a wrong digest header",
      {
        path: MANIFEST,
        fault: { kind: "header", name: "Docker-Content-Digest", value: digestOf("lie") },
      },
      ["data-loss", "not-found"],
    ],
    [
      "layers whose end is missing",
      { path: BLOB, fault: { kind: "truncate", to: 200 } },
      ["data-loss"],
    ],
    [
      "a manifest of an unknown type",
      { path: MANIFEST, fault: { kind: "header", name: "Content-Type", value: "text/html" } },
      ["data-loss", "unsupported", "invalid-argument"],
    ],
    [
      "a manifest without end",
      { method: "GET", path: MANIFEST, fault: { kind: "endless" } },
      ["data-loss", "resource-exhausted"],
    ],
    [
      "blobs with a flipped byte",
      { path: BLOB, fault: { kind: "flip", at: { below: 20 } } },
      ["data-loss"],
    ],
    [
      "layers with a flipped byte",
      { path: BLOB, fault: { kind: "flip", at: 1000 } },
      ["data-loss"],
    ],
    [
      "layers without end",
      { path: BLOB, nth: [2, 3, 4], fault: { kind: "endless" } },
      ["data-loss"],
    ],
    [
      "blobs that are empty",
      { path: BLOB, fault: { kind: "truncate", to: 0 } },
      ["data-loss", "unavailable"],
    ],
    ["blobs without end", { path: BLOB, fault: { kind: "endless" } }, ["data-loss"]],
    [
      "blobs longer than promised",
      { path: BLOB, fault: { kind: "wrong-length", by: 10 } },
      ["data-loss", "unavailable"],
    ],
    ["blobs that are 404", { path: BLOB, fault: { kind: "answer", status: 404 } }, ["not-found"]],
    [
      "an HTML page in place of everything",
      { fault: { kind: "header", name: "Content-Type", value: "text/html" } },
      ["data-loss", "unsupported", "invalid-argument"],
    ],
  ];
  for (const [name, rule, kinds] of refused)
    test(name, async () => {
      using store = openStore();
      harm(rule);
      await expectFailure(store.images.pull(`${NAME}:1`), kinds);
      expect(await store.images.list()).toEqual([]);
      expectVerified(store);
      harm();
      expect((await store.images.pull(`${NAME}:1`))[0]?.id).toBe(image);
    });
});

describe("push gets there in spite of", () => {
  const survived: readonly (readonly [string, readonly Rule[]])[] = [
    [
      "503 when an upload begins",
      [{ method: "POST", nth: [1, 2], fault: { kind: "answer", status: 503 } }],
    ],
    ["503 for bytes", [{ method: "PATCH", nth: [1], fault: { kind: "answer", status: 503 } }]],
    [
      "503 at the end of an upload",
      [{ method: "PUT", path: UPLOAD, nth: [1], fault: { kind: "answer", status: 503 } }],
    ],
    [
      "503 for the manifest",
      [{ method: "PUT", path: MANIFEST, nth: [1], fault: { kind: "answer", status: 503 } }],
    ],
    [
      "bytes that are cut",
      [{ method: "PATCH", nth: [1, 2], fault: { kind: "cut-request", after: { below: 100_000 } } }],
    ],
    [
      "answers to bytes that are lost",
      [{ method: "PATCH", nth: [1, 2], fault: { kind: "hang-up" } }],
    ],
    [
      "the answer to the end of an upload lost",
      [{ method: "PUT", path: UPLOAD, nth: [1], fault: { kind: "cut-response", after: 0 } }],
    ],
    [
      "the answer to the manifest lost",
      [{ method: "PUT", path: MANIFEST, nth: [1], fault: { kind: "hang-up" } }],
    ],
    ["questions that get no answer", [{ method: "HEAD", nth: [1, 3], fault: { kind: "hang-up" } }]],
  ];
  for (const [number, [name, rules]] of survived.entries())
    test(name, async () => {
      const pushed = `registry.test/survived/${number}`;
      using store = openStore();
      const layers = [[{ path: "mine", content: Buffer.from(randomBytes(400_000)) }]];
      const id = await putImage(store, { layers, names: [`${pushed}:1`] });
      harm(...rules);
      await store.images.push(`${pushed}:1`);
      expect(proxy.requests.some(({ fault }) => fault !== undefined)).toBe(true);
      expect(await idAt(pushed)).toBe(id);
    });
});

describe("push fails with one clear error, and nothing is visible:", () => {
  const refused: readonly (readonly [string, Rule, readonly Kind[]])[] = [
    ["no answer, ever", { fault: { kind: "hang-up" } }, ["unavailable"]],
    [
      "500 for every upload",
      { method: "POST", fault: { kind: "answer", status: 500 } },
      ["unavailable", "internal"],
    ],
    [
      "403 for the manifest",
      { method: "PUT", path: MANIFEST, fault: { kind: "answer", status: 403 } },
      ["permission-denied"],
    ],
    [
      "413 for bytes",
      { path: UPLOAD, method: "PATCH", fault: { kind: "answer", status: 413 } },
      ["resource-exhausted", "invalid-argument", "failed-precondition"],
    ],
    [
      "every byte cut",
      { path: UPLOAD, method: "PATCH", fault: { kind: "cut-request", after: 0 } },
      ["unavailable"],
    ],
    [
      "an upload without Location",
      { method: "POST", fault: { kind: "header", name: "Location", value: "" } },
      ["unsupported", "data-loss", "unavailable"],
    ],
  ];
  for (const [number, [name, rule, kinds]] of refused.entries())
    test(name, async () => {
      const pushed = `registry.test/refused/${number}`;
      using store = openStore();
      const layers = [[{ path: "mine", content: Buffer.from(randomBytes(400_000)) }]];
      const id = await putImage(store, { layers, names: [`${pushed}:1`] });
      harm(rule);
      await expectFailure(store.images.push(`${pushed}:1`), kinds);
      expect(await idAt(pushed)).toBeUndefined();
      harm();
      await store.images.push(`${pushed}:1`);
      expect(await idAt(pushed)).toBe(id);
    });
});

describe("storms", () => {
  const storm: readonly Rule[] = [
    { chance: 0.1, fault: { kind: "answer", status: 503 } },
    { chance: 0.1, fault: { kind: "hang-up" } },
    { method: "PATCH", chance: 0.5, fault: { kind: "cut-request", after: { below: 300_000 } } },
    { path: BLOB, chance: 0.4, fault: { kind: "cut-response", after: { below: 300_000 } } },
    { path: BLOB, chance: 0.05, fault: { kind: "flip", at: { below: 300_000 } } },
    { chance: 0.05, fault: { kind: "truncate", to: { below: 1000 } } },
    { path: BLOB, chance: 0.05, fault: { kind: "wrong-length", by: 5 } },
  ];
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    "of seed %i: pull and push end right or fail clearly, and work afterwards",
    async (seed) => {
      await using seeded = await startFaultProxy(registry.url, { seed, rules: storm });
      const one = remoteFor(seeded.host, { timeouts: { headersMs: 500, stallMs: 300 } });
      using store = openTestStore({ remote: async () => one });
      const pull = () => store.images.pull(`${NAME}:1`);
      await pull().catch((error) => expect(error).toBeInstanceOf(KindedError));
      expectVerified(store);
      for (const { id } of await store.images.list()) expect(id).toBe(image);

      const pushed = `registry.test/storm/${seed}`;
      const layers = [[{ path: "mine", content: Buffer.from(randomBytes(400_000)) }]];
      const id = await putImage(store, { layers, names: [`${pushed}:1`] });
      const push = () => store.images.push(`${pushed}:1`);
      await push().catch((error) => expect(error).toBeInstanceOf(KindedError));
      expect([undefined, id]).toContain(await idAt(pushed));

      seeded.script([]);
      expect((await pull())[0]?.id).toBe(image);
      await push();
      expect(await idAt(pushed)).toBe(id);
    },
  );
});

test("after all of it, each blob of the registry is what its digest says", () => {
  const blobs = blobsBelow(join(registry.root, "blobs"));
  expect(blobs.length).toBeGreaterThan(20);
  for (const { name, actual } of blobs) expect(actual).toBe(name);
  expect(registry.statuses.filter((status) => status >= 500)).toEqual([]);
});

/** The image that a tag of the registry stands for, asked without the proxy. */
async function idAt(name: string): Promise<Digest | undefined> {
  const peer = createPeer(registry.url, name.split("/").slice(1).join("/"));
  const answer = await peer.ask("GET", "manifests/1");
  if (answer.status !== 200) return undefined;
  const { config, layers } = jsonOf<{ config: { digest: Digest }; layers: { digest: Digest }[] }>(
    answer,
  );
  for (const { digest } of [config, ...layers]) {
    const blob = await peer.ask("GET", `blobs/${digest}`);
    expect(digestOf(blob.body)).toBe(digest);
  }
  return config.digest;
}
