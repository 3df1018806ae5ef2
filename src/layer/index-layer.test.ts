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
import { chunksOf, concat } from "#bytes";
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
import { sparseEntry, TORTURE_TREES } from "./testdata/torture-trees.ts";

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

const ACL =
  "0200000001000600ffffffff02000600e803000004000400ffffffff10000600ffffffff20000400ffffffff";

asRoot("a mounted layer is what its extraction makes:", () => {
  for (const [what, entries] of Object.entries(TORTURE_TREES))
    test(what, async () => await sameBothWays(...entries));

  test("an access list", async () => {
    using place = scratch();
    const acl = new Map([["system.posix_acl_access", Buffer.from(ACL, "hex")]]);
    const common = {
      mode: 0o600,
      uid: 0,
      gid: 0,
      size: 0,
      mtime: { seconds: 1, nanoseconds: 2 },
      xattrs: acl,
    };
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

  test("chunks: sparse files of small pieces and vast holes are limited in all", () => {
    const vast = (path: string) => sparseEntry(path, 1 << 30, [4096, "x".repeat(4096)]);
    const indexing = indexLayer();
    for (let i = 0; i < 3; i++) indexing.write(vast(`f${i}`));
    expect(() => indexing.write(vast("last"))).toThrow(
      'more than 1000000 chunks of sparse files (at "last")',
    );
    const pieces = (path: string) => sparseEntry(path, 2 ** 35, [2 ** 34, "x".repeat(512)]);
    expect(() => indexOf(pieces("one"))).toThrow('chunks of sparse files (at "one")');
  });

  test("attributes, targets of symlinks and directories without entries", () => {
    const value = "x".repeat(65_000);
    const xattrs = { "user.1": value, "user.2": value, "user.3": value, "user.4": value };
    const large = entry({ path: "large", xattrs });
    expect(() => writeTimes(300, () => large)).toThrow(
      'more than 67108864 bytes of extended attributes (at "large")',
    );
    const link = symlink("link", "x".repeat(4095));
    expect(() => writeTimes(17_000, () => link)).toThrow('symlinks\' targets (at "link")');
    const below = "/d".repeat(510);
    expect(() => writeTimes(2000, (i) => file(`${i}${below}/f`))).toThrow(
      "more than 1000000 directories without entries",
    );
  });

  test("entries and content are counted, and all of them must be there", () => {
    const indexing = indexLayer();
    indexing.write(concat([directory("d"), file("d/a"), file("f")]));
    expect(indexing.end()).toMatchObject({ entries: 3, size: "d/a".length + "f".length });
    const cut = indexLayer();
    cut.write(file("f").subarray(0, 100));
    expect(() => cut.end()).toThrow("cut off");
  });

  test("a hard link that replaces the directory that its file is in is refused", () => {
    const layer = [file("d/e/f"), hardlink("d", "d/e/f")];
    expect(() => indexOf(concat(layer))).toThrow("which is no file in this layer");
  });
});

function writeTimes(count: number, entryOf: (turn: number) => Uint8Array): void {
  const indexing = indexLayer();
  for (let turn = 0; turn < count; turn++) indexing.write(entryOf(turn));
}

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
