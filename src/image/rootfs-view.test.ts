import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { chunksOf } from "#bytes";
import { type DiffId, digestOf, mediaTypes } from "#oci";
import { addLayer, openRootfs, type RootfsView } from "./index.ts";
import { openTestStore, type TestStore } from "./testing/store.ts";
import { type TarFile, tarOf } from "./testing/tar.ts";

const dir = (path: string, mode = 0o755): TarFile => ({ path, type: "directory", mode });
const link = (path: string, linkPath: string): TarFile => ({ path, type: "symlink", linkPath });

const LAYERS: TarFile[][] = [
  [
    dir("./"),
    dir("./etc"),
    { path: "./etc/passwd", content: "root:x:0:0\n" },
    { path: "./etc/large", content: Buffer.alloc(200_000, "large ") },
    { path: "./etc/after", content: "after the large one" },
    dir("usr"),
    dir("usr/bin"),
    { path: "usr/bin/tool", content: "tool", mode: 0o4755, uid: 7, gid: 8 },
    link("bin", "usr/bin"),
    link("out", "../../etc"),
    link("loop", "loop"),
    dir("data"),
    { path: "data/old", content: "old" },
    dir("gone"),
    { path: "gone/file", content: "x" },
    { path: "was-file", content: "file" },
    { path: "implied/deep/file", content: "x" },
  ],
  [
    { path: "etc/passwd", content: "root:x:0:0\nuser:x:1000:1000\n" },
    { path: "hard", type: "hardlink", linkPath: "etc/passwd" },
    { path: "data/.wh..wh..opq" },
    { path: "data/new", content: "new" },
    { path: ".wh.gone" },
    dir("was-file"),
    { path: "was-file/inside", content: "in" },
    dir("usr", 0o700),
  ],
];

for (const form of ["stored as they are", "compressed"]) {
  describe(`a stack of layers, ${form},`, () => {
    let store: TestStore;
    let view: RootfsView;

    beforeAll(async () => {
      store = openTestStore();
      const diffIds: DiffId[] = [];
      for (const files of LAYERS) diffIds.push(await put(store, tarOf(files), form));
      view = openRootfs(store, diffIds);
    });
    afterAll(() => store[Symbol.dispose]());

    const text = async (path: string) => {
      const bytes = await view.readFile(path);
      return bytes && Buffer.from(bytes).toString();
    };

    test("shows the topmost of each path", async () => {
      expect(await text("/etc/passwd")).toContain("user");
      expect(await view.lstat("usr")).toMatchObject({ type: "directory", mode: 0o700 });
      expect(await view.lstat("/usr/bin/tool")).toEqual({
        path: "usr/bin/tool",
        type: "file",
        mode: 0o4755,
        uid: 7,
        gid: 8,
        size: 4,
        xattrs: new Map(),
      });
      expect(await view.lstat("/")).toMatchObject({ path: "", type: "directory" });
    });

    test("hides what an upper layer takes away or covers", async () => {
      for (const path of ["data/old", "gone", "gone/file", "nothing", "etc/passwd/x", ".wh.gone"])
        expect(await view.lstat(path)).toBeUndefined();
      expect(await text("data/new")).toBe("new");
      expect(await text("was-file/inside")).toBe("in");
    });

    test("knows directories that have no entry", async () => {
      expect(await view.lstat("implied/deep")).toMatchObject({ type: "directory", mode: 0o755 });
      expect(await text("implied/deep/file")).toBe("x");
    });

    test("resolves symlinks inside the root", async () => {
      expect(await view.lstat("/bin")).toMatchObject({ type: "symlink", linkPath: "usr/bin" });
      expect(await view.stat("/bin")).toMatchObject({ path: "usr/bin", type: "directory" });
      expect(await view.lstat("/bin/tool")).toMatchObject({ path: "usr/bin/tool" });
      expect(await text("out/passwd")).toContain("user");
      expect(await view.resolve("/bin/../new/file")).toBe("usr/new/file");
      expect(await view.resolve("../../../etc/./x")).toBe("etc/x");
      await expect(view.resolve("loop/x")).rejects.toThrow("too many symlinks");
    });

    test("takes a hard link for the file", async () => {
      expect(await text("hard")).toContain("user");
      expect(await view.lstat("hard")).toMatchObject({ type: "file" });
    });

    test("reads files, also after one that is passed over, and not more than asked for", async () => {
      expect(await text("etc/after")).toBe("after the large one");
      expect((await text("etc/large"))?.slice(0, 12)).toBe("large large ");
      expect(await text("etc")).toBeUndefined();
      expect(await text("nothing")).toBeUndefined();
      await expect(view.readFile("etc/large", 1000)).rejects.toMatchObject({
        kind: "resource-exhausted",
      });
    });
  });
}

async function put(store: TestStore, tar: Uint8Array, form: string): Promise<DiffId> {
  using lease = store.state.leases.open("test");
  if (form !== "compressed") return (await addLayer(store, chunksOf(tar), lease)).diffId;
  const packed = gzipSync(tar);
  await using ingestion = store.content.ingest();
  ingestion.write(packed);
  const { digest, size } = await ingestion.commit();
  const diffId = digestOf(tar) as DiffId;
  const row = { diffId, blob: digest, mediaType: mediaTypes.ociLayerGzip, blobSize: size, size: 1 };
  store.state.layers.put(row);
  return diffId;
}
