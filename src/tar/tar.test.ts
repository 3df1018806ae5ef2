import { expect, test } from "bun:test";
import fc from "fast-check";
import { chunksOf, collect, concat, decodePath } from "#bytes";
import {
  encodeHeader,
  endOfArchive,
  padding,
  readTar,
  storedSize,
  type TarHeader,
  TarParser,
  type TarSink,
} from "./index.ts";

const PLAIN: TarHeader = {
  path: "a",
  type: "file",
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: { seconds: 0, nanoseconds: 0 },
  xattrs: new Map(),
};

interface Member {
  header: TarHeader;
  pieces: { position: number; bytes: Buffer }[];
}

/** Gathers what a parser finds. */
class Recorder implements TarSink {
  readonly members: Member[] = [];
  entry(header: TarHeader) {
    this.members.push({ header, pieces: [] });
  }
  data(chunk: Uint8Array, position: number) {
    this.members.at(-1)!.pieces.push({ position, bytes: Buffer.from(chunk) });
  }
  close() {}
}

function parse(archive: Uint8Array, step = archive.length || 1): Member[] {
  const recorder = new Recorder();
  const parser = new TarParser(recorder);
  for (let at = 0; at < archive.length; at += step) parser.write(archive.subarray(at, at + step));
  parser.end();
  return recorder.members;
}

function member(header: TarHeader, content: Uint8Array): Uint8Array {
  return concat([encodeHeader(header), content, new Uint8Array(padding(content.length))]);
}

function joined({ pieces }: Member): Buffer {
  return Buffer.concat(pieces.map(({ bytes }) => bytes));
}

const name = fc
  .array(
    fc
      .uint8Array({ minLength: 1, maxLength: 60 })
      .map((bytes) => decodePath(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte)))),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join("/"));
const bytes = fc.uint8Array({ maxLength: 1500 });
const id = fc.oneof(fc.nat(0o7777777), fc.integer({ min: 0o10000000, max: 2 ** 32 - 2 }));
const time = fc.record({
  seconds: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  nanoseconds: fc.oneof(fc.constant(0), fc.nat(999_999_999)),
});
const xattrs = fc
  .dictionary(fc.stringMatching(/^user\.[a-z=%253D.]{1,12}$/), fc.uint8Array({ maxLength: 80 }))
  .map((entries) => new Map(Object.entries(entries)));
const common = { path: name, mode: fc.nat(0o7777), uid: id, gid: id, mtime: time, xattrs };
const noContent = { ...common, size: fc.constant(0) };
const anyMember = fc.oneof(
  fc
    .tuple(fc.record({ ...common, type: fc.constant("file" as const) }), bytes)
    .map(([header, content]) => ({ header: { ...header, size: content.length }, content })),
  fc
    .record({ ...noContent, type: fc.constantFrom("symlink", "hardlink"), linkPath: name })
    .map((header) => ({ header: header as TarHeader, content: new Uint8Array() })),
  fc
    .record({
      ...noContent,
      type: fc.constantFrom("char", "block"),
      deviceMajor: fc.nat(4095),
      deviceMinor: fc.nat(1048575),
    })
    .map((header) => ({ header: header as TarHeader, content: new Uint8Array() })),
  fc
    .record({ ...noContent, type: fc.constantFrom("directory", "fifo"), uname: name, gname: name })
    .map((header) => ({ header: header as TarHeader, content: new Uint8Array() })),
);

test("what is written is read back, however the stream is cut into chunks", () => {
  fc.assert(
    fc.property(
      fc.array(anyMember, { maxLength: 5 }),
      fc.integer({ min: 1, max: 3000 }),
      (all, step) => {
        const archive = concat([
          ...all.map((one) => member(one.header, one.content)),
          endOfArchive(),
        ]);
        const found = parse(archive, step);
        expect(found.map(({ header }) => header)).toEqual(all.map(({ header }) => header));
        expect(found.map(joined)).toEqual(all.map(({ content }) => Buffer.from(content)));
      },
    ),
    { numRuns: 150 },
  );
});

test("a sparse file keeps its holes", () => {
  const sparse = [
    { offset: 4096, length: 3 },
    { offset: 1 << 20, length: 2 },
  ];
  const header: TarHeader = { ...PLAIN, path: "lästlog", size: 20_000_000_000, sparse };
  expect(storedSize(header)).toBe(5);
  const [found] = parse(member(header, Buffer.from("abcde")));
  expect(found!.header).toEqual(header);
  expect(found!.pieces.map(({ position, bytes }) => [position, bytes.toString()])).toEqual([
    [4096, "abc"],
    [1 << 20, "de"],
  ]);
});

test("a header that ustar can say is one block, whatever else it is has a pax header", () => {
  expect(encodeHeader({ ...PLAIN, path: `${"d".repeat(150)}/${"f".repeat(100)}` })).toHaveLength(
    512,
  );
  expect(encodeHeader({ ...PLAIN, mtime: { seconds: 1, nanoseconds: 5 } })).toHaveLength(1536);
  expect(encodeHeader({ ...PLAIN, size: 8 * 2 ** 30 })).toHaveLength(1536);
});

test("numbers that no file can have are not written", () => {
  expect(() => encodeHeader({ ...PLAIN, uid: -1 })).toThrow("uid of a cannot be -1");
  expect(() => encodeHeader({ ...PLAIN, path: "" })).toThrow("cannot be the name");
  expect(() => encodeHeader({ ...PLAIN, path: "a\0b" })).toThrow("cannot be the name");
});

test("readTar gives members one by one, unread content passed over and holes filled", async () => {
  const archive = concat([
    member({ ...PLAIN, path: "skipped", size: 700 }, new Uint8Array(700).fill(1)),
    member(
      { ...PLAIN, path: "sparse", size: 9, sparse: [{ offset: 3, length: 3 }] },
      Buffer.from("abc"),
    ),
    member({ ...PLAIN, path: "plain", size: 2 }, Buffer.from("hi")),
    endOfArchive(),
  ]);
  const found: Record<string, string> = {};
  for await (const { header, body } of readTar(
    chunksOf(archive.subarray(0, 600), archive.subarray(600)),
  ))
    if (header.path !== "skipped")
      found[header.path] = Buffer.from(await collect(body, 100)).toString();
  expect(found).toEqual({ sparse: "\0\0\0abc\0\0\0", plain: "hi" });
});

test("a reader that leaves a body early finds the next member all the same", async () => {
  const archive = concat([
    member({ ...PLAIN, path: "long", size: 3000 }, new Uint8Array(3000).fill(1)),
    member({ ...PLAIN, path: "after", size: 0 }, new Uint8Array(0)),
    endOfArchive(),
  ]);
  const chunks = [archive.subarray(0, 600), archive.subarray(600, 2000), archive.subarray(2000)];
  const names: string[] = [];
  for await (const { header, body } of readTar(chunksOf(...chunks))) {
    names.push(header.path);
    for await (const _ of body) break;
  }
  expect(names).toEqual(["long", "after"]);
});
