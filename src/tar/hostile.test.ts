import { expect, test } from "bun:test";
import fc from "fast-check";
import { concat } from "#bytes";
import { KindedError, kindOf } from "#errors";
import { encodeHeader, endOfArchive, type TarHeader, TarParser } from "./index.ts";

const FILE: TarHeader = {
  path: "etc/passwd",
  type: "file",
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 3,
  mtime: { seconds: 0, nanoseconds: 0 },
  xattrs: new Map(),
};

/** A header with some of its fields overwritten, its checksum made right again. */
function forged(...fields: [at: number, text: string | Uint8Array][]): Buffer {
  const block = Buffer.from(encodeHeader(FILE));
  for (const [at, text] of fields) block.set(Buffer.from(text as string, "latin1"), at);
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function pax(records: string, type = "x"): Buffer {
  const size = records.length.toString(8).padStart(11, "0");
  const body = Buffer.alloc(Math.ceil(records.length / 512) * 512);
  body.write(records, "latin1");
  return Buffer.concat([forged([156, type], [124, `${size}\0`]), body]);
}

function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  return `${rest.length + 2}${rest}`;
}

function read(...parts: Uint8Array[]): TarHeader[] {
  const headers: TarHeader[] = [];
  const parser = new TarParser({ entry: (header) => headers.push(header), data() {}, close() {} });
  parser.write(concat(parts));
  parser.end();
  return headers;
}

const BODY = new Uint8Array(512);
const MINUS_ONE = new Uint8Array(12).fill(0xff);
const HUGE = Uint8Array.of(0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);

const SIZE_50 = record("GNU.sparse.size", "50");

const REFUSED: [what: string, kind: string, message: RegExp, ...parts: Uint8Array[]][] = [
  ["no tar at all", "invalid-argument", /byte 0: this is not a tar header/, Buffer.alloc(512, "x")],
  ["a wrong checksum", "invalid-argument", /checksum/, encodeHeader(FILE).with(0, 0x78)],
  [
    "garbage after an entry",
    "invalid-argument",
    /after entry etc\/passwd, byte 1024/,
    encodeHeader(FILE),
    BODY,
    Buffer.alloc(512, 7),
  ],
  [
    "a cut header",
    "data-loss",
    /byte 100: the archive is cut off/,
    encodeHeader(FILE).subarray(0, 100),
  ],
  [
    "a cut body",
    "data-loss",
    /entry etc\/passwd, byte 514/,
    encodeHeader(FILE),
    BODY.subarray(0, 2),
  ],
  ["cut padding", "data-loss", /cut off/, encodeHeader(FILE), BODY.subarray(0, 400)],
  ["a pax header with no entry", "data-loss", /cut off/, pax("11 path=ab\n")],
  [
    "a negative size",
    "invalid-argument",
    /size of etc\/passwd is negative/,
    forged([124, MINUS_ONE]),
  ],
  ["a size over 2^53", "invalid-argument", /size is absurd/, forged([124, HUGE])],
  [
    "a size that is no number",
    "invalid-argument",
    /size is not an octal number/,
    forged([124, "12z4"]),
  ],
  [
    "a pax size that is no number",
    "invalid-argument",
    /pax record size/,
    pax("11 size=-5\n"),
    forged(),
  ],
  [
    "a pax size over 2^53",
    "invalid-argument",
    /pax record size/,
    pax(record("size", "99999999999999999999")),
    forged(),
  ],
  [
    "a huge pax header",
    "resource-exhausted",
    /limit 1048576/,
    forged([156, "x"], [124, "77777777777"]),
  ],
  ["a negative pax header", "invalid-argument", /negative/, forged([156, "x"], [124, MINUS_ONE])],
  [
    "a huge long name",
    "resource-exhausted",
    /limit 1048576/,
    forged([156, "L"], [124, "77777777777"]),
  ],
  ["a pax record that overruns", "invalid-argument", /malformed/, pax("99 path=ab\n"), forged()],
  [
    "a pax record of no length",
    "invalid-argument",
    /malformed|sensible/,
    pax("0 path=ab\n"),
    forged(),
  ],
  ["a NUL in a pax path", "invalid-argument", /NUL/, pax("12 path=a\0b\n"), forged()],
  ["a NUL in a pax linkpath", "invalid-argument", /NUL/, pax("16 linkpath=a\0b\n"), forged()],
  [
    "a sparse map out of order",
    "invalid-argument",
    /out of order/,
    pax(record("GNU.sparse.map", "9,1,0,1") + SIZE_50),
    forged(),
  ],
  [
    "a sparse map past its file",
    "invalid-argument",
    /past the end/,
    pax(record("GNU.sparse.map", "90,3") + SIZE_50),
    forged(),
  ],
  [
    "a sparse map of other bytes",
    "invalid-argument",
    /names 9 bytes/,
    pax(record("GNU.sparse.map", "0,9") + SIZE_50),
    forged(),
  ],
  ["an unknown type", "unsupported", /unknown type "Q"/, forged([156, "Q"])],
  ["a volume that goes on", "unsupported", /unknown type "M"/, forged([156, "M"])],
];

for (const [what, kind, message, ...parts] of REFUSED)
  test(`${what} is refused`, () => {
    const attempt = () => read(...parts);
    expect(attempt).toThrow(message);
    try {
      attempt();
    } catch (error) {
      expect(kindOf(error)).toBe(kind as ReturnType<typeof kindOf>);
    }
  });

test("an endless sparse map is refused while it comes in", () => {
  const version = record("GNU.sparse.major", "1") + record("GNU.sparse.minor", "0");
  const records = version + record("GNU.sparse.realsize", "30");
  const size: [number, string] = [124, "77777777777"];
  const lines = Buffer.alloc(2 << 20, "9999999\n");
  expect(() => read(pax(records), forged(size), lines)).toThrow(/sparse map of more than/);
});

test("what stands after the first block of zeros is ignored, as by GNU tar", () => {
  expect(read(new Uint8Array(512), encodeHeader(FILE), BODY)).toEqual([]);
  expect(read(encodeHeader(FILE), BODY, endOfArchive(), Buffer.alloc(700, "junk"))).toHaveLength(1);
  expect(read(encodeHeader(FILE), BODY)).toHaveLength(1);
  expect(read()).toEqual([]);
});

test("a checksum over signed bytes is taken as well", () => {
  const block = forged([0, Uint8Array.of(0xe9)]);
  const unsigned = Number.parseInt(block.toString("latin1", 148, 154), 8);
  block.write((unsigned - 256).toString(8).padStart(6, "0"), 148);
  expect(read(block, BODY)[0]!.path).toBe("\udce9tc/passwd");
});

test("global pax records hold for all entries after them, and local ones win", () => {
  const records = pax("12 uid=1234\n12 gid=5678\n", "g");
  const headers = read(records, forged(), BODY, pax("9 uid=77\n"), forged(), BODY);
  expect(headers.map(({ uid, gid }) => [uid, gid])).toEqual([
    [1234, 5678],
    [77, 5678],
  ]);
});

test("base-256 numbers, negative times included", () => {
  const uid = Uint8Array.of(0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xfe);
  const [header] = read(forged([108, uid], [136, MINUS_ONE]), BODY);
  expect(header!.uid).toBe(2 ** 32 - 2);
  expect(header!.mtime).toEqual({ seconds: -1, nanoseconds: 0 });
});

test("an old file whose name ends in a slash is a directory", () => {
  expect(read(forged([0, "dir/\0"], [156, "\0"], [124, "00000000000"]))[0]).toMatchObject({
    path: "dir",
    type: "directory",
  });
});

test("any damage is refused in words or does no harm", () => {
  const archive = concat([
    pax(record("GNU.sparse.map", "0,3") + record("GNU.sparse.size", "9") + record("mtime", "1.5")),
    forged(),
    BODY,
    pax(record("path", "some/where"), "g"),
    forged([156, "L"], [124, "00000000003\0"]),
    BODY,
    forged([156, "5"]),
    endOfArchive(),
  ]);
  const damage = fc.array(fc.tuple(fc.nat(archive.length - 1), fc.nat(255)), { maxLength: 8 });
  fc.assert(
    fc.property(damage, fc.boolean(), (changes, isSealed) => {
      const damaged = Buffer.from(archive);
      for (const [at, byte] of changes) damaged[at] = byte;
      if (isSealed) reseal(damaged);
      try {
        read(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(KindedError);
        expect(kindOf(error)).not.toBe("internal");
      }
    }),
    { numRuns: 500 },
  );
});

/** Makes the checksum of every block right that looks like a header. */
function reseal(archive: Buffer): void {
  for (let at = 0; at < archive.length; at += 512) {
    const block = archive.subarray(at, at + 512);
    if (!block.toString("latin1", 257).startsWith("ustar")) continue;
    block.fill(0x20, 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  }
}

test("zeros without end are no archive", () => {
  const parser = new TarParser({ entry() {}, data() {}, close() {} });
  const zeros = new Uint8Array(1 << 20);
  const endless = () => {
    for (;;) parser.write(zeros);
  };
  expect(endless).toThrow("more than 64 MiB follow the archive's end");
});
