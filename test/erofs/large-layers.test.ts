/** Needs root and a kernel that mounts EROFS from a file (6.12). */
import { expect, test } from "bun:test";
import { concat } from "#bytes";
import { indexLayer, packDirectory } from "#layer";
import { encodeHeader, endOfArchive } from "#tar";
import { bytesOf, directory, entry, scratch } from "../../src/layer/testdata/fixture.ts";
import { withMounted } from "../../src/layer/testdata/mounted-layer.ts";

test("a directory of 100,000 names packs to the bytes that it was made of", async () => {
  using place = scratch();
  const names = Array.from({ length: 100_000 }, (_, i) => `d/f${i}`).sort();
  const links = names.map((path) => entry({ path, type: "symlink", linkPath: "x", mode: 0o777 }));
  const tar = concat([directory("d"), ...links, endOfArchive()]);
  const packed = await withMounted(tar, place.at("m"), (root) => bytesOf(packDirectory(root)));
  expect(Buffer.compare(packed, tar)).toBe(0);
}, 60_000);

test("100,000 entries are indexed with bounded memory", () => {
  Bun.gc(true);
  const before = process.memoryUsage().rss;
  const indexing = indexLayer();
  writeFiles(indexing.write, 100_000);
  const { index, entries } = indexing.end();
  const used = process.memoryUsage().rss - before;
  expect(entries).toBe(100_100);
  expect(index.length / entries).toBeLessThan(100);
  expect(used / entries).toBeLessThan(4096);
}, 60_000);

/** Empty files, a thousand to a directory. */
function writeFiles(write: (chunk: Uint8Array) => void, count: number): void {
  const common = { mode: 0o644, uid: 0, gid: 0, size: 0, xattrs: new Map() } as const;
  for (let i = 0; i < count; i++) {
    const mtime = { seconds: 1_700_000_000 + (i % 7), nanoseconds: i };
    const path = `d${Math.floor(i / 1000)}`;
    if (i % 1000 === 0) write(encodeHeader({ ...common, mtime, path, type: "directory" }));
    write(encodeHeader({ ...common, mtime, path: `${path}/file-${i}`, type: "file" }));
  }
  write(endOfArchive());
}
