import { describe, expect, test } from "bun:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { chunksOf, collect } from "./bytes.ts";
import { sniffCompression } from "./compression.ts";
import { gunzip, unzstd } from "./decompress.ts";
import { peek } from "./peek.ts";

const text = Buffer.from("hello layer ".repeat(50_000));
const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
const formats = [
  { name: "gzip", pack: (data: Uint8Array) => gzipSync(data), unpack: gunzip },
  { name: "zstd", pack: (data: Uint8Array) => zstdCompressSync(data), unpack: unzstd },
];

function inPieces(data: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const pieces = Math.ceil(data.length / size);
  return chunksOf(
    ...Array.from({ length: pieces }, (_, i) => data.subarray(i * size, (i + 1) * size)),
  );
}

for (const { name, pack, unpack } of formats) {
  const inflate = async (data: Uint8Array, size = 7) =>
    Buffer.from(await collect(unpack(inPieces(data, size)), 10e6)).toString();

  describe(name, () => {
    test("inflates a stream, whatever the pieces", async () => {
      for (const size of [1, 13, 1 << 20])
        expect(await inflate(pack(text), size)).toBe(text.toString());
    });

    test("inflates all members of a concatenated stream", async () => {
      const both = Buffer.concat([pack(Buffer.from("one ")), pack(Buffer.from("two"))]);
      expect(await inflate(both, 1)).toBe("one two");
      expect(await inflate(both, 1000)).toBe("one two");
    });

    test("refuses a stream that was cut anywhere", async () => {
      const packed = pack(Buffer.from("some words"));
      for (let length = 1; length < packed.length; length++)
        await expect(inflate(packed.subarray(0, length))).rejects.toThrow("unexpected end");
    });

    test("refuses garbage after the end", async () => {
      const packed = Buffer.concat([pack(Buffer.from("words")), Buffer.from("garbage")]);
      for (const size of [3, 1000])
        await expect(inflate(packed, size)).rejects.toThrow(`damaged ${name} data`);
    });

    test("passes on the error of its source", async () => {
      const broken = (async function* () {
        yield pack(text).subarray(0, 20);
        throw new Error("network is gone");
      })();
      await expect(collect(unpack(broken), 10e6)).rejects.toThrow("network is gone");
    });

    test("stops its source when its reader stops", async () => {
      let stopped = false;
      const source = (async function* () {
        try {
          for (let i = 0; i < 1000; i++) yield pack(text);
        } finally {
          stopped = true;
        }
      })();
      for await (const _ of unpack(source)) break;
      await Bun.sleep(0);
      expect(stopped).toBe(true);
    });
  });
}

test("gzip may be padded with zeros and its checksum is checked", async () => {
  const packed = gzipSync(Buffer.from("words"));
  const padded = Buffer.concat([packed, Buffer.alloc(512)]);
  expect(Buffer.from(await collect(gunzip(inPieces(padded, 5)), 99)).toString()).toBe("words");
  packed[packed.length - 6]! ^= 1;
  await expect(collect(gunzip(inPieces(packed, 5)), 99)).rejects.toThrow("incorrect data check");
});

test("zstd may hold skippable frames", async () => {
  const packed = zstdCompressSync(Buffer.from("words"));
  const all = Buffer.concat([skippable, packed, skippable, packed, skippable]);
  for (const size of [1, 5, 1000])
    expect(Buffer.from(await collect(unzstd(inPieces(all, size)), 99)).toString()).toBe(
      "wordswords",
    );
});

test("compressions are told apart by content", () => {
  const sniffed = (hex: string) => sniffCompression(Buffer.from(hex, "hex"));
  expect(sniffCompression(gzipSync("x"))).toBe("gzip");
  expect(sniffCompression(zstdCompressSync("x"))).toBe("zstd");
  expect(sniffCompression(skippable)).toBe("zstd");
  expect(sniffed("fd377a585a000004")).toBe("xz");
  expect(sniffed("425a6839314159265359")).toBe("bzip2");
  expect(sniffed("425a6839177245385090")).toBe("bzip2");
  expect(sniffCompression(Buffer.from("BZhello world"))).toBe("none");
  expect(sniffCompression(new Uint8Array())).toBe("none");
});

test("peek gives the first bytes and keeps them in the stream", async () => {
  const { first, bytes } = await peek(inPieces(Buffer.from("abcdefgh"), 3), 5);
  expect(Buffer.from(first).toString()).toBe("abcdef");
  expect(Buffer.from(await collect(bytes, 99)).toString()).toBe("abcdefgh");
  const empty = await peek(chunksOf(), 5);
  expect(empty.first.length).toBe(0);
  expect((await collect(empty.bytes, 99)).length).toBe(0);
});
