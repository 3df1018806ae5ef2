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
import {
  BLOB,
  firstGet,
  MANIFEST,
  pullRefuses,
  pullSurvives,
  pushRefuses,
  pushSurvives,
  storm,
} from "./fault-cases.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import type { Fault, Rule } from "./faults.ts";

const NAME = "registry.test/team/app";
const LAYERS = [20, 300_000, 1_500_000].map((size, at) => [
  { path: `file-${at}`, content: Buffer.from(randomBytes(size)) },
]);
const TOTAL = 1_800_020;

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
  for (const [name, rules] of pullSurvives)
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
    harm(firstGet(fault, MANIFEST), firstGet(fault));
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
  for (const [name, rule, kinds] of pullRefuses)
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
  for (const [number, [name, rules]] of pushSurvives.entries())
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
  for (const [number, [name, rule, kinds]] of pushRefuses.entries())
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
