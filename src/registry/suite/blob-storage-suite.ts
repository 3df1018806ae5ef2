import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { kindOf } from "#errors";
import { type Digest, digestOf } from "#oci";
import type { BlobStorage } from "../blob-storage.ts";
import type { StoredBlob, UploadRecord } from "../records.ts";

const MOST = { most: 1 << 30 };

/** Bytes that differ from place to place, so that a wrong order shows. */
function pattern(length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let at = 0; at < words.length; at++) words[at] = Math.imul(at, 2654435761);
  return new Uint8Array(words.buffer, 0, length);
}

/** In pieces of many sizes, in a buffer that is used again; breaks off with `error`. */
async function* pieces(bytes: Uint8Array, error?: Error): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(3_000_017);
  for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7) % 3_000_017) {
    const piece = bytes.subarray(at, at + size);
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
  }
  if (error) throw error;
}

async function failure(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "nothing",
    (error) => kindOf(error),
  );
}

/**
 * What every {@link BlobStorage} does; `make` gives a new, empty one, and `reopen` what another
 * process would have that works on the same bytes.
 */
export function blobStorageSuite(
  name: string,
  make: () => Promise<BlobStorage>,
  reopen: (storage: BlobStorage) => Promise<BlobStorage>,
): void {
  describe(name, () => {
    let storage: BlobStorage;
    beforeEach(async () => {
      storage = await make();
    });
    afterEach(() => storage[Symbol.asyncDispose]());

    const begin = async (
      algorithm: UploadRecord["algorithm"] = "sha256",
    ): Promise<UploadRecord> => {
      const id = crypto.randomUUID();
      const state = await storage.begin(id, algorithm);
      return { id, repository: "a", offset: 0, algorithm, state, touched: 0 };
    };
    const add = async (bytes: Uint8Array, digest: Digest = digestOf(bytes)) => {
      const upload = await storage.append(await begin(), pieces(bytes), MOST);
      return storage.finish(upload, digest);
    };
    const read = async (
      blob: StoredBlob,
      start?: number,
      end?: number,
    ): Promise<Uint8Array | undefined> => {
      const range = start === undefined ? undefined : { start, end: end! };
      const body = await storage.read(blob, range);
      return body && new Uint8Array(await new Response(body).arrayBuffer());
    };

    test("a blob is read whole and in part", async () => {
      const bytes = pattern(7_000_001);
      const blob = await add(bytes);
      expect([blob.digest, blob.size]).toEqual([digestOf(bytes), bytes.length]);
      expect(Buffer.compare((await read(blob))!, bytes)).toBe(0);
      expect(await read(blob, 5_999_990, 6_000_010)).toEqual(bytes.slice(5_999_990, 6_000_011));
      expect(await read(blob, 0, 0)).toEqual(bytes.slice(0, 1));
      const last = bytes.length - 1;
      expect(await read(blob, last, last)).toEqual(bytes.slice(last));
    });

    test("the empty blob is a blob", async () => {
      const blob = await add(new Uint8Array());
      expect(blob.size).toBe(0);
      expect(await read(blob)).toHaveLength(0);
      const untouched = await storage.finish(await begin(), digestOf(""));
      expect(await read(untouched)).toHaveLength(0);
    });

    test("an upload in many parts, of which some are empty", async () => {
      const bytes = pattern(6_000_000);
      let upload = await begin();
      for (let at = 0; at < bytes.length; at += 1_500_000) {
        const part = bytes.subarray(at, at + 1_500_000);
        upload = await storage.append(upload, pieces(part), MOST);
        upload = await storage.append(upload, pieces(new Uint8Array()), MOST);
        expect(upload.offset).toBe(at + part.length);
      }
      const blob = await storage.finish(upload, digestOf(bytes));
      expect(Buffer.compare((await read(blob))!, bytes)).toBe(0);
    });

    test("small parts one after the other", async () => {
      const bytes = pattern(1000);
      let upload = await begin();
      for (let at = 0; at < 1000; at += 100)
        upload = await storage.append(upload, pieces(bytes.subarray(at, at + 100)), MOST);
      expect(await read(await storage.finish(upload, digestOf(bytes)))).toEqual(bytes);
    });

    test("another process goes on with an upload", async () => {
      const bytes = pattern(300_000);
      let upload = await storage.append(await begin(), pieces(bytes.subarray(0, 100_000)), MOST);
      await using second = await reopen(storage);
      upload = await second.append(upload, pieces(bytes.subarray(100_000, 200_000)), MOST);
      await using third = await reopen(storage);
      upload = await third.append(upload, pieces(bytes.subarray(200_000)), MOST);
      const blob = await third.finish(upload, digestOf(bytes));
      expect(Buffer.compare((await read(blob))!, bytes)).toBe(0);
    });

    test("what was never told of is written again", async () => {
      const bytes = pattern(200_000);
      const first = await storage.append(await begin(), pieces(bytes.subarray(0, 50_000)), MOST);
      await storage.append(first, pieces(pattern(100_000).reverse()), MOST);
      const second = await storage.append(first, pieces(bytes.subarray(50_000)), MOST);
      const blob = await storage.finish(second, digestOf(bytes));
      expect(Buffer.compare((await read(blob))!, bytes)).toBe(0);
    });

    test("when the bytes break off, those that came count", async () => {
      const bytes = pattern(100_000);
      const half = pieces(bytes.subarray(0, 40_000), new Error("connection lost"));
      const broken = await storage.append(await begin(), half, MOST);
      expect(broken.offset).toBe(40_000);
      const whole = await storage.append(broken, pieces(bytes.subarray(40_000)), MOST);
      const blob = await storage.finish(whole, digestOf(bytes));
      expect(Buffer.compare((await read(blob))!, bytes)).toBe(0);
    });

    test("more bytes than are allowed are refused, those before them stay", async () => {
      const upload = await storage.append(await begin(), pieces(pattern(1000)), { most: 1000 });
      const more = storage.append(upload, pieces(pattern(1)), { most: 1000 });
      expect(await failure(more)).toBe("resource-exhausted");
      const blob = await storage.finish(upload, digestOf(pattern(1000)));
      expect(await read(blob)).toEqual(pattern(1000));
    });

    test("another digest is refused, and the upload can be given up", async () => {
      const upload = await storage.append(await begin(), pieces(pattern(1000)), MOST);
      expect(await failure(storage.finish(upload, digestOf("other")))).toBe("data-loss");
      await storage.abort(upload);
      expect(await failure(storage.append(upload, pieces(pattern(1)), MOST))).not.toBe("nothing");
    });

    test("sha512, announced or not", async () => {
      const bytes = pattern(5000);
      const hex = new Bun.CryptoHasher("sha512").update(bytes).digest("hex");
      for (const algorithm of ["sha512", "sha256"] as const) {
        const upload = await storage.append(await begin(algorithm), pieces(bytes), MOST);
        const blob = await storage.finish(upload, `sha512:${hex}` as Digest);
        expect(await read(blob)).toEqual(bytes);
      }
    });

    test("two copies of one blob have places of their own", async () => {
      const [one, two] = await Promise.all([add(pattern(10)), add(pattern(10))]);
      expect(one.location).not.toBe(two.location);
      await storage.delete(one);
      expect(await read(one)).toBeUndefined();
      expect(await read(two)).toEqual(pattern(10));
      await storage.delete(one);
    });

    test("an upload that is given up leaves nothing", async () => {
      const upload = await storage.append(await begin(), pieces(pattern(10)), MOST);
      await storage.abort(upload);
      await storage.abort(upload);
      const again = storage.append(upload, pieces(pattern(10)), MOST);
      expect(await failure(again)).not.toBe("nothing");
    });

    test("a list, where there is one, has every blob", async () => {
      if (!storage.list) return;
      const blobs = [await add(pattern(1)), await add(pattern(2))];
      const listed = await Array.fromAsync(storage.list());
      for (const { location, size } of blobs)
        expect(listed).toContainEqual(
          expect.objectContaining({ location, size, modified: expect.any(Number) }),
        );
    });
  });
}
