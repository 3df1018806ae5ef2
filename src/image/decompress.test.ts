import { expect, test } from "bun:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { chunksOf, collect } from "#bytes";
import { decompress } from "./decompress.ts";

const text = "some words and more of them ".repeat(1000);
const filtered = (...argv: string[]) => Bun.spawnSync(argv, { stdin: Buffer.from(text) }).stdout;

test("each compression is recognised and inflated, anything else passes (needs xz and bzip2)", async () => {
  const forms = {
    none: Buffer.from(text),
    gzip: gzipSync(text),
    zstd: zstdCompressSync(Buffer.from(text)),
    xz: filtered("xz", "-c"),
    bzip2: filtered("bzip2", "-c"),
  };
  for (const [name, bytes] of Object.entries(forms)) {
    const { compression, bytes: inflated } = await decompress(chunksOf(bytes));
    expect(compression).toBe(name as "none");
    expect(Buffer.from(await collect(inflated, 1e6)).toString()).toBe(text);
  }
});

test("a stream shorter than any signature passes", async () => {
  const { compression, bytes } = await decompress(chunksOf(Buffer.from("hi")));
  expect(compression).toBe("none");
  expect((await collect(bytes, 9)).length).toBe(2);
});

test("damage in xz and bzip2 is an error", async () => {
  for (const whole of [filtered("xz", "-c"), filtered("bzip2", "-c")]) {
    const { bytes } = await decompress(chunksOf(whole.subarray(0, whole.length - 20)));
    await expect(collect(bytes, 1e6)).rejects.toMatchObject({ kind: "data-loss" });
  }
});

test("a bomb is stopped at the ratio, beyond what is free, and at the absolute limit", async () => {
  const bomb = gzipSync(Buffer.alloc(1_000_000));
  const inflate = async (limits: { most: number; ratio: number; free: number }) =>
    (await collect((await decompress(chunksOf(bomb), { limits })).bytes, 1e7)).length;
  expect(await inflate({ most: 1e7, ratio: 10, free: 1e7 })).toBe(1_000_000);
  expect(await inflate({ most: 1e7, ratio: 2000, free: 0 })).toBe(1_000_000);
  for (const limits of [
    { most: 1e7, ratio: 10, free: 1000 },
    { most: 1000, ratio: 1e9, free: 1e9 },
  ])
    await expect(inflate(limits)).rejects.toMatchObject({ kind: "resource-exhausted" });
});
