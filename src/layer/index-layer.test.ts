/** A layer mounted straight from its tar is the tree that its extraction makes (needs root). */
import { describe, expect, test } from "bun:test";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { chunksOf, concat, decodePath } from "#bytes";
import { encodeHeader, endOfArchive } from "#tar";
import { applyLayer, indexLayer, packDirectory } from "./index.ts";
import { bytesOf, directory, entry, file, hardlink, scratch, symlink } from "./testdata/fixture.ts";
import {
  indexOf,
  mountsErofs,
  settledStack,
  withMounted,
  withMountedFiles,
} from "./testdata/mounted-layer.ts";

const asRoot = describe.skipIf(!mountsErofs);
const ROOT = entry({ path: "./", type: "directory", mode: 0o1751, uid: 3, gid: 4 });

/** The tar of a tree, with an entry for its root. */
function packed(root: string): Promise<Uint8Array> {
  return bytesOf(packDirectory(root, { root: true }));
}

async function extracted(tar: Uint8Array, target: string): Promise<Uint8Array> {
  mkdirSync(target);
  await applyLayer(chunksOf(tar), target, { whiteouts: "remove" });
  return await packed(target);
}

async function sameBothWays(...entries: Uint8Array[]): Promise<void> {
  using place = scratch();
  const tar = concat([ROOT, ...entries, endOfArchive()]);
  const want = await extracted(tar, place.at("extracted"));
  const got = await withMounted(tar, place.at("mounted"), packed);
  expect(Buffer.compare(got, want)).toBe(0);
}

function sparseEntry(path: string, size: number, ...pieces: [offset: number, data: string][]) {
  const sparse = pieces.map(([offset, { length }]) => ({ offset, length }));
  const stored = Buffer.from(pieces.map(([, data]) => data).join(""));
  const rest = new Uint8Array((512 - (stored.length % 512)) % 512);
  return concat([entry({ path, size, sparse }), stored, rest]);
}

const NOT_UTF8 = decodePath(Uint8Array.of(0x63, 0x61, 0x66, 0xe9, 0xff));
const CAPABILITY = `\x01\0\0\x02\0\x20${"\0".repeat(14)}`;
const ACL =
  "0200000001000600ffffffff02000600e803000004000400ffffffff10000600ffffffff20000400ffffffff";
const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`user.n${i}`, `${i}`]));
const deep = Array.from({ length: 50 }, (_, i) => `level${i}`).join("/");
const time = (seconds: number, nanoseconds: number) => ({ mtime: { seconds, nanoseconds } });

const TREES: Record<string, Uint8Array[]> = {
  "an empty layer": [],
  "hard links": [
    entry({ path: "a", content: "data", mode: 0o4755 }),
    directory("d"),
    hardlink("d/b", "a"),
    hardlink("c", "./d/b"),
    symlink("l", "a"),
    hardlink("l2", "l"),
    entry({ path: "pipe", type: "fifo" }),
    hardlink("pipe2", "/pipe"),
  ],
  "a hard link whose first name is replaced": [
    file("a", "first"),
    hardlink("b", "a"),
    file("a", "second"),
    hardlink("c", "a"),
    hardlink("b", "b"),
  ],
  "modes, owners and devices": [
    entry({ path: "su", mode: 0o7777, uid: 2 ** 32 - 2, gid: 2 ** 32 - 2, content: "x" }),
    entry({ path: "none", mode: 0, uid: 65_536, gid: 65_535 }),
    entry({ path: "null", type: "char", mode: 0o666, deviceMajor: 1, deviceMinor: 3 }),
    entry({ path: "disk", type: "block", deviceMajor: 4095, deviceMinor: 1_048_575 }),
    entry({ path: "zero", type: "block", deviceMajor: 0, deviceMinor: 0 }),
    entry({ path: "pipe", type: "fifo", mode: 0o622, uid: 9 }),
    entry({ path: "link", type: "symlink", linkPath: "x", mode: 0o4000, uid: 7, gid: 8 }),
    entry({ path: "d", type: "directory", mode: 0o7000 }),
  ],
  times: [
    entry({ path: "before", ...time(-1, 999_999_999) }),
    entry({ path: "early", ...time(-(2 ** 31), 0) }),
    entry({ path: "zero", ...time(0, 0) }),
    entry({ path: "odd", ...time(1_700_000_000, 123_456_789) }),
    entry({ path: "late", ...time(2 ** 33, 1) }),
    entry({ path: "d", type: "directory", ...time(-1000, 5) }),
    file("d/after"),
    entry({ path: "l", type: "symlink", linkPath: "x", ...time(5, 6) }),
  ],
  "long and odd names": [
    file("n".repeat(255)),
    file("é".repeat(127)),
    file(`${NOT_UTF8}.txt`),
    directory(NOT_UTF8),
    file(`${NOT_UTF8}/${NOT_UTF8}`),
    symlink("to", NOT_UTF8),
    file("\ud83d\ude00"),
    file("\uffee"),
    file("a\nb\tc d"),
    file(".wh"),
    file("x.wh.y"),
    file(`${"p".repeat(100)}/${"q".repeat(100)}/${"r".repeat(100)}`),
    file(`${"a".repeat(250)}/${"b".repeat(250)}/${"c".repeat(250)}/${"d".repeat(250)}`),
    symlink("long", "t".repeat(4095)),
    symlink("short", "t".repeat(100)),
  ],
  "fifty levels": [directory(deep), file(`${deep}/f`), file(`${deep.slice(0, -3)}/g`)],
  "files of every length around a block's": [
    0, 1, 511, 512, 513, 1024, 4095, 4096, 4097, 100_000,
  ].map((size) => file(`f${size}`, "0123456789".repeat(10_000).slice(0, size))),
  "extended attributes": [
    entry({ path: "ping", mode: 0o755, xattrs: { "security.capability": CAPABILITY } }),
    entry({ path: "many", xattrs: many }),
    entry({ path: "large", xattrs: { "user.large": "x".repeat(3000), "user.empty": "" } }),
    ...Array.from({ length: 20 }, (_, i) =>
      entry({ path: `shared${i}`, xattrs: { "user.s": "s" } }),
    ),
    entry({ path: "d", type: "directory", xattrs: { "trusted.t": "\0\xff", "user.d": "d" } }),
    entry({
      path: "l",
      type: "symlink",
      linkPath: "x",
      xattrs: { "trusted.t": "t", "user.u": "" },
    }),
    entry({ path: "pipe", type: "fifo", xattrs: { "user.u": "u" } }),
    entry({ path: "dropped", xattrs: { "security.selinux": "s", "trusted.overlay.opaque": "y" } }),
    entry({ path: "again", type: "directory", xattrs: { "user.old": "1" } }),
    entry({ path: "again", type: "directory", xattrs: { "user.new": "2" } }),
  ],
  "a root of several entries": [
    entry({ path: ".", type: "directory", xattrs: { "user.old": "1" } }),
    file("f"),
    entry({
      path: "/",
      type: "directory",
      mode: 0o700,
      xattrs: { "user.new": "2" },
      ...time(1, 2),
    }),
  ],
  "sparse files, aligned and not": [
    sparseEntry("hole", 100_000),
    sparseEntry("aligned", 1 << 20, [4096, "a".repeat(1024)], [65_536, "b".repeat(512)]),
    sparseEntry("to-the-end", 9000, [8192, "e".repeat(808)]),
    sparseEntry("from-the-start", 9000, [0, "s".repeat(512)]),
    sparseEntry("odd-offset", 9000, [700, "o".repeat(512)]),
    sparseEntry("odd-length", 9000, [512, "l".repeat(100)], [1024, "m".repeat(100)]),
    sparseEntry("odd-position", 9000, [512, "p".repeat(100)], [2048, "q".repeat(512)]),
    sparseEntry("pieces", 9000, [0, "1".repeat(512)], [512, "2".repeat(512)], [2048, "3"]),
    sparseEntry("full", 1000, [0, "f".repeat(1000)]),
  ],
  "entries by way of symlinks": [
    directory("usr/lib"),
    symlink("lib", "usr/lib"),
    file("lib/a"),
    symlink("usr/lib/up", "../../"),
    file("lib/up/b"),
    symlink("out", "../../../lib/sub"),
    directory("usr/lib/sub"),
    file("out/c"),
    hardlink("d", "out/c"),
    symlink("usr/lib/sub/abs", "/usr"),
    file("out/abs/e"),
  ],
  "names that come again": [
    file("a", "1"),
    file("a", "22"),
    directory("a"),
    file("a/x"),
    file("a", "333"),
    directory("b/c"),
    file("b/c/d"),
    file("b"),
    directory("b"),
    file("b/e"),
    symlink("s", "b"),
    file("s/through"),
    file("s", "a file now"),
    entry({ path: "f", type: "fifo" }),
    directory("f"),
    entry({ path: "f", type: "char", deviceMajor: 1, deviceMinor: 1 }),
    directory("implied/x"),
    entry({ path: "implied", type: "directory", mode: 0o700 }),
  ],
  "directories without entries": [file("x/y/z/f"), directory("x/y"), symlink("a/b/l", "/")],
  "marks of what is not below": [
    file(".wh.gone", ""),
    file("d/.wh.gone", ""),
    file("d/f"),
    file("e/.wh..wh..opq", ""),
    file("e/f"),
    file(".wh..wh..opq", ""),
    file("d/.wh.f", ""),
    file(".wh..wh.plnk/1", ""),
  ],
};

asRoot("a mounted layer is what its extraction makes:", () => {
  for (const [what, entries] of Object.entries(TREES))
    test(what, async () => await sameBothWays(...entries));

  test("an access list", async () => {
    using place = scratch();
    const acl = new Map([["system.posix_acl_access", Buffer.from(ACL, "hex")]]);
    const common = { mode: 0o600, uid: 0, gid: 0, size: 0, ...time(1, 2), xattrs: acl };
    const headers = [
      encodeHeader({ ...common, path: "f", type: "file" }),
      encodeHeader({ ...common, path: "d", type: "directory" }),
    ];
    const tar = concat([ROOT, ...headers]);
    const want = await extracted(tar, place.at("extracted"));
    expect(Buffer.compare(await withMounted(tar, place.at("mounted"), packed), want)).toBe(0);
  });

  for (const format of ["gnu", "pax 0.0", "pax 0.1", "pax 1.0"])
    test(`sparse files as GNU tar writes them (${format})`, async () => {
      using place = scratch();
      mkdirSync(place.at("source"));
      makeSparse(place.at("source/a"), 10 << 20, [0, 1 << 20, (10 << 20) - 5]);
      makeSparse(place.at("source/b"), (3 << 20) + 7, [4096, 8192, 16_384, 1 << 21]);
      makeSparse(place.at("source/hole"), 5_000_001, []);
      const [name, version] = format.split(" ");
      const options = [`--format=${name}`, ...(version ? [`--sparse-version=${version}`] : [])];
      const { stdout, exitCode } = Bun.spawnSync(
        ["tar", "-cS", ...options, "-C", place.at("source"), "."],
        { env: { ...process.env, LC_ALL: "C" } },
      );
      expect(exitCode).toBe(0);
      expect(stdout.length).toBeLessThan(1 << 20);
      const want = await extracted(stdout, place.at("extracted"));
      expect(Buffer.compare(await withMounted(stdout, place.at("mounted"), packed), want)).toBe(0);
    });
});

function makeSparse(path: string, size: number, marks: readonly number[]): void {
  const fd = openSync(path, "w");
  ftruncateSync(fd, size);
  for (const at of marks) writeSync(fd, "mark!", at);
  closeSync(fd);
}

asRoot("a mounted layer packs to the bytes that it was made of:", () => {
  const root = entry({ path: ".", type: "directory", mode: 0o755 });
  const inOrder = async (...entries: Uint8Array[]) => {
    using place = scratch();
    const tar = concat([root, ...entries, endOfArchive()]);
    const got = await withMounted(tar, place.at("mounted"), packed);
    expect(Buffer.compare(got, tar)).toBe(0);
  };

  test("thousands of names in a directory", async () => {
    const names = Array.from({ length: 3000 }, (_, i) => `d/f${i}`).sort();
    await inOrder(directory("d"), ...names.map((path) => file(path)));
  });

  test("attributes too large for other file systems", async () => {
    const large = "x".repeat(65_000);
    await inOrder(
      entry({ path: "a", xattrs: { "user.1": large, "user.2": large, "user.3": large } }),
      entry({ path: "b", xattrs: { "user.1": large, "user.2": `${large}.` } }),
    );
  });
});

asRoot("a file of a gibibyte", () => {
  const SIZE = 2 ** 30 + 100;

  test("is read from its tar", async () => {
    using place = scratch();
    const plain = Buffer.from(entry({ path: "big", content: "" }));
    writeSize(plain, SIZE);
    writeFileSync(place.at("tar"), plain);
    truncateSync(place.at("tar"), 512 + SIZE + 412 + 1024);
    const fd = openSync(place.at("tar"), "r+");
    for (const at of [0, 2 ** 29 + 1, SIZE - 5]) writeSync(fd, "mark!", 512 + at);
    closeSync(fd);
    const indexing = indexLayer();
    indexing.write(plain);
    const zeros = new Uint8Array(1 << 24);
    for (let left = SIZE + 412 + 1024; left > 0; left -= zeros.length)
      indexing.write(zeros.subarray(0, left));
    const { index, size } = indexing.end();
    expect(size).toBe(SIZE);
    expect(index.length).toBeLessThan(4096);
    await withMountedFiles(place.path, index, place.at("m"), (root) => {
      expect(statSync(`${root}/big`).size).toBe(SIZE);
      for (const at of [0, 2 ** 29 + 1, SIZE - 5]) expect(readAt(`${root}/big`, at)).toBe("mark!");
      expect(readAt(`${root}/big`, 2 ** 29 - 100)).toBe("\0\0\0\0\0");
    });
  });
});

/** Writes the size field of a header, and its checksum. */
function writeSize(header: Buffer, size: number): void {
  header.write(size.toString(8).padStart(11, "0"), 124);
  header.fill(0x20, 148, 156);
  const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
}

function readAt(path: string, position: number): string {
  const bytes = Buffer.alloc(5);
  const fd = openSync(path, "r");
  readSync(fd, bytes, 0, 5, position);
  closeSync(fd);
  return bytes.toString();
}

describe("what a layer may not cost", () => {
  test("content in the index itself: sparse files of odd pieces are limited in all", () => {
    const odd = (path: string, size: number) => sparseEntry(path, size, [5, "x"]);
    const tooLarge = () => indexOf(odd("one", (64 << 20) + 1));
    expect(tooLarge).toThrow('sparse file "one"');
    const indexing = indexLayer();
    for (let i = 0; i < 4; i++) indexing.write(odd(`f${i}`, 64 << 20));
    expect(() => indexing.write(odd("last", 600))).toThrow('sparse file "last"');
  });

  test("a hard link that replaces the directory that its file is in is refused", () => {
    const layer = [file("d/e/f"), hardlink("d", "d/e/f")];
    expect(() => indexOf(concat(layer))).toThrow("which is no file in this layer");
  });
});

asRoot("an index", () => {
  test("of a stream without the archive's end, to the last byte", async () => {
    using place = scratch();
    const tar = concat([file("a", "x".repeat(512)), file("b", "y".repeat(700))]);
    await withMounted(tar, place.at("m"), (root) => {
      expect(readFileSync(`${root}/a`, "utf8")).toBe("x".repeat(512));
      expect(readFileSync(`${root}/b`, "utf8")).toBe("y".repeat(700));
      expect(existsSync(`${root}/c`)).toBe(false);
    });
    expect(settledStack(tar)[0]!.length % 512).toBe(0);
  });
});
