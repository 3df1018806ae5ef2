/** Indexes that are missing, torn or tampered with are made again from the layer's tar. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { chunksOf } from "#bytes";
import { indexLayer } from "#layer";
import type { DiffId } from "#oci";
import { addLayer, openLayerIndexes, openRootfs } from "./index.ts";
import { openTestStore, type TestStore } from "./testing/store.ts";
import { tarOf } from "./testing/tar.ts";

const TAR = tarOf([
  { path: "etc/", type: "directory" },
  { path: "etc/passwd", content: "root:x:0:0\n" },
  { path: ".wh.gone" },
  { path: "implied/file", content: "x".repeat(3000) },
]);

const OTHER = `sha256:${"0".repeat(64)}` as DiffId;

const DAMAGES: Record<string, (path: string) => void> = {
  "is missing": (path) => rmSync(path),
  "is empty": (path) => truncateSync(path, 0),
  "is cut off in its superblock": (path) => truncateSync(path, 1100),
  "is cut off": (path) => truncateSync(path, readFileSync(path).length - 512),
  "has more than it should": (path) => writeFileSync(path, Buffer.alloc(512), { flag: "a" }),
  "has one other bit in a name": (path) => flip(path, "passwd"),
  "has one other bit in what no checksum of the kernel covers": (path) => flip(path, -1),
  "has one other bit before the superblock": (path) => flip(path, 100),
  "is of another tar": (path) => {
    using store = openTestStore();
    const indexing = indexLayer();
    indexing.write(tarOf([{ path: "etc/passwd", content: "evil:x:0:0\n" }]));
    store.indexes.put(OTHER, indexing.end().index);
    copyFileSync(store.indexes.find(OTHER)!, path);
  },
  "is text": (path) => writeFileSync(path, "text ".repeat(1000)),
};

/** Changes one bit at a text or a place; from the end, where that is negative. */
function flip(path: string, where: string | number): void {
  const bytes = readFileSync(path);
  const at = typeof where === "string" ? bytes.indexOf(where) : where;
  bytes[at < 0 ? bytes.length + at : at]! ^= 1;
  writeFileSync(path, bytes);
}

describe("the index of a stored layer that", () => {
  let store: TestStore;
  let diffId: DiffId;
  let path: string;
  let bytes: Buffer;

  beforeEach(async () => {
    store = openTestStore();
    using lease = store.state.leases.open("test");
    diffId = (await addLayer(store, chunksOf(TAR), lease)).diffId;
    path = store.indexes.find(diffId)!;
    bytes = readFileSync(path);
  });
  afterEach(() => store[Symbol.dispose]());

  for (const [what, damage] of Object.entries(DAMAGES))
    test(`${what} is not taken, and made again`, async () => {
      damage(path);
      const indexes = openLayerIndexes(store.root);
      expect(indexes.find(diffId)).toBeUndefined();
      expect(indexes.open(diffId)).toBeUndefined();
      const view = openRootfs({ ...store, indexes }, [diffId]);
      expect(Buffer.from((await view.readFile("etc/passwd"))!).toString()).toBe("root:x:0:0\n");
      expect(await view.lstat("implied")).toMatchObject({ type: "directory" });
      expect(readFileSync(path).equals(bytes)).toBe(true);
      expect(indexes.find(diffId)).toBe(path);
    });

  test("is whole is not written again", async () => {
    utimesSync(path, 1, 1);
    const indexes = openLayerIndexes(store.root);
    expect(await openRootfs({ ...store, indexes }, [diffId]).lstat("etc")).toBeDefined();
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(Bun.file(path).lastModified).toBe(1000);
  });

  test("is collected as soon as it is made serves all the same", async () => {
    rmSync(path);
    const indexes = { ...openLayerIndexes(store.root), put() {} };
    expect(await openRootfs({ ...store, indexes }, [diffId]).lstat("etc")).toBeDefined();
  });

  test("disappears while it is in use is missing", () => {
    rmSync(path);
    expect(store.indexes.find(diffId)).toBeUndefined();
  });
});

describe("the indexes of a store", () => {
  test("are kept for the layers that are needed, and for no others", async () => {
    using store = openTestStore();
    using lease = store.state.leases.open("test");
    const other = tarOf([{ path: "f", content: "other" }]);
    const [one, two] = [
      await addLayer(store, chunksOf(TAR), lease),
      await addLayer(store, chunksOf(other), lease),
    ];
    const folder = join(store.root, "indexes", "sha256");
    writeFileSync(join(folder, "not-a-digest"), "");
    store.indexes.keepOnly(new Set([two.diffId]));
    expect(store.indexes.find(one.diffId)).toBeUndefined();
    expect(store.indexes.open(two.diffId)).toBeDefined();
    expect(readdirSync(folder).sort()).toEqual(
      [two.diffId.slice("sha256:".length), "not-a-digest"].sort(),
    );
  });

  test("of an empty store are none, and nothing is made for asking", () => {
    using store = openTestStore();
    expect(store.indexes.open(OTHER)).toBeUndefined();
    store.indexes.keepOnly(new Set());
    expect(existsSync(join(store.root, "indexes"))).toBe(false);
  });
});
