import { describe, expect, test } from "bun:test";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { chunksOf } from "#bytes";
import { AT_FDCWD, closeFd, OpenFlag, openAt, statFd } from "#kernel";
import { extractArchive, packEntry } from "./index.ts";
import {
  directory,
  file,
  hardlink,
  isRoot,
  listTree,
  scratch,
  symlink,
} from "./testdata/fixture.ts";
import { HOSTILE_ARCHIVES } from "./testdata/hostile-archives.ts";

const read = (...path: string[]) => readFileSync(join(...path), "utf8");

describe.skipIf(!isRoot)("an archive that is no layer", () => {
  test.each(HOSTILE_ARCHIVES.map(({ attack, entries }) => [attack, entries] as const))(
    "%s: nothing outside is touched",
    async (_attack, entries) => {
      using place = scratch();
      mkdirSync(place.at("outside"));
      writeFileSync(place.at("outside/canary"), "untouched");
      mkdirSync(place.at("target/below"), { recursive: true });
      symlinkSync("/", place.at("target/below/up"));
      const before = listTree(place.at("outside"));
      const extracted = extractArchive(chunksOf(...entries()), place.at("target"), {
        directory: "/below",
      });
      await extracted.catch(() => {});
      expect(listTree(place.at("outside"))).toEqual(before);
    },
  );

  test("goes into a directory below the root, links on the way followed inside", async () => {
    using place = scratch();
    mkdirSync(place.at("root/real"), { recursive: true });
    symlinkSync("/real", place.at("root/link"));
    const tar = chunksOf(file("a", "1"), directory("d"), hardlink("d/b", "a"), file(".wh.a", "2"));
    await extractArchive(tar, place.at("root"), { directory: "/link" });
    expect(readdirSync(place.at("root/real")).sort()).toEqual([".wh.a", "a", "d"]);
    expect(lstatSync(place.at("root/real/d/b")).nlink).toBe(2);
  });

  test("is renamed, its hard links with it", async () => {
    using place = scratch();
    const root = place.path;
    const tar = () =>
      chunksOf(
        directory("old"),
        file("old/a", "1"),
        hardlink("old/b", "old/a"),
        file("older", "2"),
      );
    await extractArchive(tar(), root, { rename: { from: "old", to: "new" } });
    expect(readdirSync(root).sort()).toEqual(["new", "older"]);
    expect(read(root, "new/b")).toBe("1");
    await extractArchive(chunksOf(directory("."), file("./x", "3")), root, {
      rename: { from: ".", to: "all" },
    });
    expect(read(root, "all/x")).toBe("3");
  });

  test("replaces what is in the way, unless kinds are to stay", async () => {
    using place = scratch();
    const root = place.path;
    mkdirSync(join(root, "d/sub"), { recursive: true });
    writeFileSync(join(root, "f"), "old");
    const over = (...entries: Uint8Array[]) =>
      extractArchive(chunksOf(...entries), root, { directory: "/", keepKinds: true });
    await expect(over(file("d"))).rejects.toThrow(
      'cannot overwrite directory "/d" with non-directory "/"',
    );
    await expect(over(directory("f"))).rejects.toThrow(
      'cannot overwrite non-directory "/f" with directory',
    );
    await over(directory("d"), symlink("f", "d"));
    expect(readdirSync(join(root, "d"))).toEqual(["sub"]);
    await extractArchive(chunksOf(file("d", "now a file")), root);
    expect(read(root, "d")).toBe("now a file");
  });

  test("owners are what is asked for", async () => {
    using place = scratch();
    const owner = { uid: 12, gid: 34 };
    await extractArchive(chunksOf(file("f"), directory("d"), symlink("s", "f")), place.path, {
      owner,
    });
    const owners = ["f", "d", "s"].map((name) => lstatSync(place.at(name)));
    expect(owners.map(({ uid, gid }) => [uid, gid])).toEqual([
      [12, 34],
      [12, 34],
      [12, 34],
    ]);
  });
});

test("a name of an open directory is packed under another one, closed directories without content", async () => {
  using place = scratch();
  mkdirSync(place.at("from/d/closed"), { recursive: true });
  writeFileSync(place.at("from/d/closed/f"), "");
  writeFileSync(place.at("from/d/f"), "content");
  mkdirSync(place.at("to"));
  using from = openDirectory(place.at("from"));
  const inode = lstatSync(place.at("from/d/closed")).ino;
  const isClosed = (fd: number) => Number(statFd(fd).ino) === inode;
  await extractArchive(packEntry(from.fd, "d", { as: "e", isClosed }), place.at("to"));
  expect(readdirSync(place.at("to/e")).sort()).toEqual(["closed", "f"]);
  expect(readdirSync(place.at("to/e/closed"))).toEqual([]);
});

function openDirectory(path: string): Disposable & { fd: number } {
  const fd = openAt(AT_FDCWD, path, OpenFlag.directory);
  return { fd, [Symbol.dispose]: () => closeFd(fd) };
}
