import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { type Bytes, collect } from "#bytes";
import { kindOf } from "#errors";
import { type Digest, digestOf } from "#oci";
import type { ContentStore } from "./content-store.ts";

const text = (words: string) => new TextEncoder().encode(words);
const digest = (digit: string) => `sha256:${digit.repeat(64)}` as Digest;

async function add(store: ContentStore, ...chunks: Uint8Array[]): Promise<Digest> {
  await using ingestion = store.ingest();
  for (const chunk of chunks) ingestion.write(chunk);
  return (await ingestion.commit()).digest;
}

async function failure(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return kindOf(error);
  }
  return "nothing";
}

const all = (bytes: Bytes) => collect(bytes, 64 << 20);

/** Bytes that differ from place to place, so that a wrong order shows. */
function pattern(length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let at = 0; at < words.length; at++) words[at] = Math.imul(at, 2654435761);
  return new Uint8Array(words.buffer, 0, length);
}

/** What every {@link ContentStore} does; `make` gives a new, empty one. */
export function contentStoreSuite(name: string, make: () => ContentStore): void {
  describe(name, () => {
    test("a blob is found under its digest, whole, from an offset and by stat", async () => {
      const store = make();
      const added = await add(store, text("hello "), text("world"));
      expect(added).toBe(digestOf("hello world"));
      expect(store.stat(added)).toEqual({ digest: added, size: 11 });
      expect(await store.read(added)).toEqual(text("hello world"));
      expect(await all(store.open(added))).toEqual(text("hello world"));
      expect(await all(store.open(added, { offset: 6 }))).toEqual(text("world"));
      expect([...store.list()]).toEqual([{ digest: added, size: 11 }]);
    });

    test("the empty blob is a blob", async () => {
      const store = make();
      const added = await add(store);
      expect(store.stat(added)?.size).toBe(0);
      expect(await all(store.open(added))).toHaveLength(0);
    });

    test("scratch is hashed like a blob and becomes none; its file goes with it", async () => {
      const store = make();
      let file: string | undefined;
      for (const bytes of [text("hello world"), pattern(20_000_001)]) {
        await using scratch = store.scratch();
        for (let at = 0; at < bytes.length; at += 3_000_017)
          scratch.write(bytes.subarray(at, at + 3_000_017));
        const { digest: found, size, path } = await scratch.finish();
        expect([found, size]).toEqual([digestOf(bytes), bytes.length]);
        if (path) expect(digestOf(readFileSync(path))).toBe(found);
        file = path;
      }
      expect([...store.list()]).toEqual([]);
      expect(file !== undefined && existsSync(file)).toBe(false);
    });

    test("chunks of all sizes come out in order", async () => {
      const store = make();
      const bytes = pattern(7_000_001);
      const chunks: Uint8Array[] = [];
      for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7) % 3_000_017)
        chunks.push(bytes.subarray(at, at + size));
      const added = await add(store, ...chunks);
      expect(added).toBe(digestOf(bytes));
      expect(Buffer.compare(await all(store.open(added)), bytes)).toBe(0);
      const tail = await all(store.open(added, { offset: 6_500_000, verify: false }));
      expect(Buffer.compare(tail, bytes.subarray(6_500_000))).toBe(0);
    });

    test("the writer's buffer is the writer's again after write", async () => {
      const store = make();
      await using ingestion = store.ingest();
      const buffer = Buffer.from("one");
      ingestion.write(buffer);
      buffer.set(text("two"));
      ingestion.write(buffer);
      expect((await ingestion.commit()).digest).toBe(digestOf("onetwo"));
    });

    test("other algorithms", async () => {
      const store = make();
      await using ingestion = store.ingest({ algorithm: "sha512" });
      ingestion.write(text("x"));
      const { digest: added } = await ingestion.commit();
      expect(added).toBe(
        `sha512:${new Bun.CryptoHasher("sha512").update("x").digest("hex")}` as Digest,
      );
      expect(await store.read(added)).toEqual(text("x"));
      expect(await all(store.open(added))).toEqual(text("x"));
      expect([...store.list()].map((blob) => blob.digest)).toEqual([added]);
    });

    test("what turns out different from what was expected leaves nothing", async () => {
      const store = make();
      for (const expected of [{ digest: digest("0") }, { size: 4 }]) {
        await using ingestion = store.ingest();
        ingestion.write(text("bytes"));
        expect(await failure(() => ingestion.commit(expected))).toBe("data-loss");
      }
      expect([...store.list()]).toEqual([]);
    });

    test("what was expected and comes is kept", async () => {
      const store = make();
      await using ingestion = store.ingest();
      ingestion.write(text("bytes"));
      expect(ingestion.offset).toBe(5);
      const expected = { digest: digestOf("bytes"), size: 5 };
      expect(await ingestion.commit(expected)).toEqual(expected);
    });

    test("an ingestion that is not committed leaves nothing, and an ended one takes nothing", async () => {
      const store = make();
      const ingestion = store.ingest();
      ingestion.write(text("bytes"));
      await ingestion[Symbol.asyncDispose]();
      expect([...store.list()]).toEqual([]);
      expect(await failure(() => ingestion.write(text("more")))).toBe("internal");
      expect(await failure(() => ingestion.commit())).toBe("internal");
    });

    test("several writers of one blob", async () => {
      const store = make();
      const bytes = pattern(100_000);
      const added = await Promise.all(Array.from({ length: 5 }, () => add(store, bytes)));
      expect(new Set(added).size).toBe(1);
      expect([...store.list()]).toHaveLength(1);
    });

    test("a blob that is not here", async () => {
      const store = make();
      expect(store.stat(digest("1"))).toBeUndefined();
      expect(store.path(digest("1"))).toBeUndefined();
      expect(await failure(() => store.read(digest("1")))).toBe("not-found");
      expect(await failure(() => all(store.open(digest("1"))))).toBe("not-found");
      expect([...store.list()]).toEqual([]);
      store.delete(digest("1"));
    });

    test("a deleted blob is gone", async () => {
      const store = make();
      const added = await add(store, text("x"));
      store.delete(added);
      expect(store.stat(added)).toBeUndefined();
    });

    test("a blob too large to be read whole", async () => {
      const store = make();
      const added = await add(store, new Uint8Array(1001));
      expect(await failure(() => store.read(added, 1000))).toBe("resource-exhausted");
      expect(await store.read(added, 1001)).toHaveLength(1001);
    });

    test("reading stops when it is cancelled", async () => {
      const store = make();
      const added = await add(store, pattern(3_000_000));
      const controller = new AbortController();
      const reading = async () => {
        for await (const _ of store.open(added, { signal: controller.signal })) controller.abort();
      };
      expect(await failure(reading)).toBe("cancelled");
    });

    describe("a blob that is resumed", () => {
      const bytes = pattern(3_000_000);
      const whole = digestOf(bytes);

      async function leave(store: ContentStore, size: number): Promise<void> {
        await using first = await store.resume(whole);
        first.write(bytes.subarray(first.offset, size));
      }

      test("goes on where the last try ended", async () => {
        const store = make();
        await leave(store, 1_000_001);
        await leave(store, 2_000_000);
        expect([...store.list()]).toEqual([]);
        await using ingestion = await store.resume(whole);
        expect([ingestion.resumed, ingestion.offset]).toEqual([2_000_000, 2_000_000]);
        ingestion.write(bytes.subarray(2_000_000));
        expect(Buffer.compare(await all(ingestion.earlier()), bytes.subarray(0, 2_000_000))).toBe(
          0,
        );
        expect(await ingestion.commit({ size: 3_000_000 })).toEqual({
          digest: whole,
          size: 3_000_000,
        });
        expect(Buffer.compare(await store.read(whole), bytes)).toBe(0);
      });

      test("may have come in full before it was committed", async () => {
        const store = make();
        await leave(store, bytes.length);
        await using ingestion = await store.resume(whole);
        expect((await ingestion.commit()).size).toBe(bytes.length);
      });

      test("leaves nothing when it turns out to be another", async () => {
        const store = make();
        await leave(store, 10);
        {
          await using ingestion = await store.resume(whole);
          ingestion.write(text("something else"));
          expect(await failure(() => ingestion.commit())).toBe("data-loss");
        }
        await using again = await store.resume(whole);
        expect(again.resumed).toBe(0);
      });

      test("leaves nothing when it is discarded, and takes no more", async () => {
        const store = make();
        await leave(store, 10);
        {
          await using ingestion = await store.resume(whole);
          ingestion.discard();
          expect(await failure(() => ingestion.write(bytes))).toBe("internal");
        }
        await using again = await store.resume(whole);
        expect(again.resumed).toBe(0);
      });

      test("is one's work at a time; who waits finds it there", async () => {
        const store = make();
        const first = await store.resume(whole);
        let waits = 0;
        const second = store.resume(whole, { onWait: () => waits++ });
        first.write(bytes);
        await first.commit();
        expect(waits).toBe(1);
        await first[Symbol.asyncDispose]();
        await using ingestion = await second;
        expect(ingestion.resumed).toBe(0);
        expect(store.stat(whole)?.size).toBe(bytes.length);
      });

      test("waiting for another's work can be given up", async () => {
        const store = make();
        await using _first = await store.resume(whole);
        const controller = new AbortController();
        const second = store.resume(whole, { signal: controller.signal });
        controller.abort();
        expect(await failure(() => second)).toBe("cancelled");
      });

      test("is forgotten by a prune, unless it is young or worked on", async () => {
        const store = make();
        await leave(store, 1000);
        const later = Date.now() + 60_000;
        expect(await store.prunePartial(later - 120_000)).toBe(0);
        const held = await store.resume(whole);
        expect(held.resumed).toBe(1000);
        expect(await store.prunePartial(later)).toBe(0);
        await held[Symbol.asyncDispose]();
        expect(await store.prunePartial(later)).toBe(1000);
        await using again = await store.resume(whole);
        expect(again.resumed).toBe(0);
      });
    });
  });
}
