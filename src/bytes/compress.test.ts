import { describe, expect, test } from "bun:test";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import {
  type Bytes,
  chunksOf,
  collect,
  compress,
  compressionLevels,
  gunzip,
  type LayerCompression,
  unzstd,
} from "./index.ts";

const MOST = 100e6;
const inflate = { gzip: gunzip, zstd: unzstd };
const inflateSync = { gzip: gunzipSync, zstd: zstdDecompressSync };

/** Text that repeats far back, and noise. */
function sample(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at++) bytes[at] = (at % 3 ? at >> 9 : (at * 2654435761) >> 13) & 255;
  return bytes;
}

const packed = (bytes: Bytes, compression: LayerCompression, level?: number) =>
  collect(compress(bytes, { compression, ...(level !== undefined && { level }) }), MOST);

describe.each(["gzip", "zstd"] as const)("%s", (compression) => {
  test.each([0, 1, 70_000, (1 << 20) - 1, 1 << 20, (4 << 20) + 1, 9_000_000])(
    "%d bytes come back, to our own reader and to another",
    async (size) => {
      const raw = sample(size);
      const made = await packed(chunksOf(raw), compression);
      expect(Buffer.compare(inflateSync[compression](made), raw)).toBe(0);
      const ours = await collect(inflate[compression](chunksOf(made)), MOST);
      expect(Buffer.compare(ours, raw)).toBe(0);
    },
  );

  test("is the same however the bytes arrive", async () => {
    const raw = sample(5_000_000);
    const pieces = (async function* () {
      const buffer = new Uint8Array(77_777);
      for (let at = 0; at < raw.length; at += buffer.length) {
        const part = raw.subarray(at, at + buffer.length);
        buffer.set(part);
        yield buffer.subarray(0, part.length);
      }
    })();
    const whole = await packed(chunksOf(raw), compression);
    expect(Buffer.compare(await packed(pieces, compression), whole)).toBe(0);
  });

  test("a higher level makes it smaller", async () => {
    const raw = new TextEncoder().encode(
      Array.from({ length: 60_000 }, (_, at) => `${(at * 7919) % 10007} line of a log\n`).join(""),
    );
    const { least, most } = compressionLevels[compression];
    const small = await packed(chunksOf(raw), compression, Math.min(most, 9));
    expect(small.length).toBeLessThan((await packed(chunksOf(raw), compression, least)).length);
  });

  test("ends with the failure of its input", async () => {
    const broken = (async function* () {
      yield sample(3_000_000);
      throw new Error("the disk is gone");
    })();
    await expect(packed(broken, compression)).rejects.toThrow("the disk is gone");
  });
});

test("noise costs hardly more than itself in gzip, and comes back", async () => {
  const raw = new Uint8Array(5_000_000);
  for (let at = 0; at < raw.length; at += 50_000)
    crypto.getRandomValues(raw.subarray(at, at + 50_000));
  const made = await packed(chunksOf(raw), "gzip");
  expect(made.length).toBeLessThan(raw.length * 1.0002);
  expect(Buffer.compare(gunzipSync(made), raw)).toBe(0);
});

test("gzip comes as one member, and blocks refer back to the one before", async () => {
  const noise = crypto.getRandomValues(new Uint8Array(30_000));
  const raw = Buffer.concat(Array.from({ length: 70 }, () => noise));
  const made = await packed(chunksOf(raw), "gzip", 6);
  // Two mebibytes of the same 30 kB: without the window each block would begin with all of it.
  expect(made.length).toBeLessThan(60_000 + 10_000);
  expect(Buffer.from(made).indexOf(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]), 1)).toBe(
    -1,
  );
});
