import { expect, test } from "bun:test";
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createServer } from "node:net";
import fc from "fast-check";
import { type Bytes, chunksOf, decodePath, systemPath } from "#bytes";
import { kindOf } from "#errors";
import { AT_FDCWD, chownAt, makeNodeAt, setTimesAt, setXattr } from "#kernel";
import { readTar } from "#tar";
import { applyLayer, copyTree, type LayerEntry, packDirectory, writeLayer } from "./index.ts";
import { bytesOf, isRoot, listTree, scratch } from "./testdata/fixture.ts";

const asRoot = test.skipIf(!isRoot);

async function namesIn(tar: Bytes): Promise<string[]> {
  const names: string[] = [];
  for await (const { header } of readTar(tar)) names.push(header.path);
  return names;
}

const name = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => `n${decodePath(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 1 : byte)))}`);
interface Leaf {
  kind: "file" | "symlink" | "fifo" | "device" | "directory" | "link";
  path: string[];
  uid: number;
  mode: number;
  seconds: number;
  nanoseconds: number;
  size: number;
  xattr: Uint8Array | undefined;
}
const leaf: fc.Arbitrary<Leaf> = fc.record({
  kind: fc.constantFrom("file", "file", "symlink", "fifo", "device", "directory", "link"),
  path: fc.array(name, { minLength: 1, maxLength: 4 }),
  uid: fc.nat(2 ** 31),
  mode: fc.nat(0o7777),
  seconds: fc.integer({ min: -1_000_000, max: 4_000_000_000 }),
  nanoseconds: fc.nat(999_999_999),
  size: fc.nat(3000),
  xattr: fc.option(fc.uint8Array({ maxLength: 50 }), { nil: undefined }),
});

/** Makes what is described, as far as the names are still free. */
function plant(root: string, leaves: readonly Leaf[]): void {
  let last: string | undefined;
  for (const { kind, path, uid, mode, seconds, nanoseconds, size, xattr } of leaves) {
    const full = [root, ...path].join("/");
    try {
      mkdirSync(systemPath([root, ...path.slice(0, -1)].join("/")), { recursive: true });
      if (kind === "file") writeFileSync(systemPath(full), Buffer.alloc(size, 7), { flag: "wx" });
      else if (kind === "symlink") symlinkSync("any/where", systemPath(full));
      else if (kind === "fifo") makeNodeAt(AT_FDCWD, full, "fifo", mode);
      else if (kind === "device") makeNodeAt(AT_FDCWD, full, "char", mode, 5, size);
      else if (kind === "directory") mkdirSync(systemPath(full), { mode });
      else if (last) linkSync(systemPath(last), systemPath(full));
    } catch {
      continue;
    }
    if (kind === "file") last = full;
    if (kind === "link") continue;
    chownAt(AT_FDCWD, full, uid, uid);
    if (xattr && (kind === "file" || kind === "directory")) setXattr(full, "user.some", xattr);
    setTimesAt(AT_FDCWD, full, { seconds, nanoseconds });
  }
}

asRoot("any tree comes out of its tar, and out of a copy, as it was", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(leaf, { maxLength: 12 }), async (leaves) => {
      using place = scratch();
      for (const root of ["tree", "out", "copy"]) mkdirSync(place.at(root));
      plant(place.at("tree"), leaves);
      const tree = listTree(place.at("tree"));
      const tar = await bytesOf(packDirectory(place.at("tree")));
      await applyLayer(chunksOf(tar), place.at("out"), { whiteouts: "overlay" });
      expect(listTree(place.at("out"))).toEqual(tree);
      await copyTree(place.at("tree"), place.at("copy"));
      expect(listTree(place.at("copy"))).toEqual(tree);
      expect(await bytesOf(packDirectory(place.at("copy")))).toEqual(tar);
    }),
    { numRuns: 40 },
  );
});

asRoot("entries stand in the order of their names' bytes", async () => {
  using place = scratch();
  const names = ["a-b", "a", "a.d", "B", "\u{e000}", "\u{1f4a9}", "caf\udce9"];
  for (const one of names) mkdirSync(systemPath(`${place.path}/${one}`));
  writeFileSync(place.at("a/z"), "");
  expect(await namesIn(packDirectory(place.path))).toEqual([
    "B",
    "a-b",
    "a.d",
    "a",
    "a/z",
    "caf\udce9",
    "\u{e000}",
    "\u{1f4a9}",
  ]);
});

asRoot("sockets are left out; the tree's own directory is told on demand", async () => {
  using place = scratch();
  const server = createServer().listen(place.at("socket"));
  await new Promise((resolve) => server.once("listening", resolve));
  writeFileSync(place.at("f"), "");
  expect(await namesIn(packDirectory(place.path))).toEqual(["f"]);
  expect(await namesIn(packDirectory(place.path, { root: true }))).toEqual([".", "f"]);
  server.close();
});

test("a name that would be a whiteout is refused in a layer, and kept in a plain tar", async () => {
  using place = scratch();
  writeFileSync(place.at(".wh.passwd"), "");
  const refused = await bytesOf(packDirectory(place.path)).catch(kindOf);
  expect(refused).toBe("invalid-argument");
  const kept = await namesIn(packDirectory(place.path, { anyName: true }));
  expect(kept).toEqual([".wh.passwd"]);
});

function headerFor(path: string, size: number): LayerEntry["header"] {
  const mtime = { seconds: 0, nanoseconds: 0 };
  return { path, type: "file", mode: 0o644, uid: 0, gid: 0, size, mtime, xattrs: new Map() };
}

test("a layer is written from files in place and bytes at hand, of any size", async () => {
  using place = scratch();
  const sizes = [0, 1, 511, 512, 513, 262_144, 524_288, 700_001];
  const entries: LayerEntry[] = sizes.map((size) => {
    writeFileSync(place.at(`${size}`), Buffer.alloc(size, size % 251));
    return { header: headerFor(`${size}`, size), content: place.at(`${size}`) };
  });
  entries.push({ header: headerFor("text", 5), content: Buffer.from("hello") });
  const found: number[] = [];
  for await (const { header, body } of readTar(writeLayer(entries))) {
    const bytes = Buffer.from(await bytesOf(body));
    if (header.path === "text") expect(bytes.toString()).toBe("hello");
    else expect(bytes.equals(Buffer.alloc(header.size, header.size % 251))).toBe(true);
    found.push(bytes.length);
  }
  expect(found).toEqual([...sizes, 5]);
  const oneByOne = (async function* () {
    yield* entries;
  })();
  expect(await bytesOf(writeLayer(oneByOne))).toEqual(await bytesOf(writeLayer(entries)));
});

for (const size of [1000, 1_000_000])
  test(`a file of ${size} bytes that changes before it is read fails`, async () => {
    using place = scratch();
    const path = place.at("f");
    const write = async () =>
      bytesOf(writeLayer([{ header: headerFor("f", size), content: path }]));
    writeFileSync(path, Buffer.alloc(size));
    appendFileSync(path, "x");
    await expect(write()).rejects.toThrow("changed while it was read");
    truncateSync(path, size - 1);
    await expect(write()).rejects.toThrow("changed while it was read");
  });

test("an abort ends it", async () => {
  using place = scratch();
  const signal = AbortSignal.abort();
  expect(await bytesOf(packDirectory(place.path, { signal })).catch(kindOf)).toBe("cancelled");
  expect(await copyTree(place.path, place.path, { signal }).catch(kindOf)).toBe("cancelled");
});

asRoot("a copy keeps holes", async () => {
  using place = scratch();
  for (const root of ["tree", "copy"]) mkdirSync(place.at(root));
  const fd = openSync(place.at("tree/log"), "w");
  writeSync(fd, "begin", 0);
  writeSync(fd, "middle", 50_000_000);
  ftruncateSync(fd, 90_000_000);
  closeSync(fd);
  await copyTree(place.at("tree"), place.at("copy"));
  expect(statSync(place.at("copy/log")).blocks).toBe(statSync(place.at("tree/log")).blocks);
  expect(Bun.file(place.at("copy/log")).size).toBe(90_000_000);
  const [a, b] = await Promise.all(
    ["tree", "copy"].map(async (root) => {
      return Bun.hash(await Bun.file(place.at(`${root}/log`)).arrayBuffer());
    }),
  );
  expect(b).toBe(a!);
});
