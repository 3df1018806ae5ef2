import { expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { chunksOf } from "#bytes";
import { AT_FDCWD, makeNodeAt, mount, setXattr, statAt, unmount } from "#kernel";
import { readTar } from "#tar";
import { applyLayer, copyTree, diffDirectories, diffOverlay } from "./index.ts";
import {
  bytesOf,
  directory,
  entry,
  file,
  hardlink,
  isRoot,
  listTree,
  scratch,
  symlink,
  tarOf,
} from "./testdata/fixture.ts";

const asRoot = test.skipIf(!isRoot);
const PREFIX = "trusted.overlay.";

const LOWEST = [
  directory("etc"),
  file("etc/conf"),
  file("etc/gone"),
  entry({ path: "bin", type: "directory", mode: 0o755 }),
  entry({ path: "bin/su", mode: 0o4755, content: "su" }),
  file("bin/twin"),
  hardlink("bin/twin2", "bin/twin"),
  directory("var"),
  directory("var/cache"),
  file("var/cache/a"),
  directory("var/cache/sub"),
  file("var/cache/sub/b"),
  symlink("lib", "usr/lib"),
];
const UPPER = [
  directory("usr/lib"),
  file("usr/lib/so"),
  file("etc/.wh.gone", ""),
  file("etc/more"),
];

interface Story {
  readonly what: string;
  readonly change: (root: string) => void;
  /** The names in the layer, as far as the story tells them. */
  readonly entries?: string[];
}

const STORIES: Story[] = [
  { what: "nothing", change: () => {}, entries: [] },
  {
    what: "a new file and a new directory",
    change: (root) => {
      mkdirSync(`${root}/srv/www`, { recursive: true });
      writeFileSync(`${root}/srv/www/index`, "hello");
    },
    entries: ["srv", "srv/www", "srv/www/index"],
  },
  {
    what: "a changed file",
    change: (root) => writeFileSync(`${root}/etc/conf`, "changed"),
    entries: ["etc", "etc/conf"],
  },
  {
    what: "a removed file",
    change: (root) => rmSync(`${root}/etc/conf`),
    entries: ["etc", "etc/.wh.conf"],
  },
  {
    what: "a removed directory",
    change: (root) => rmSync(`${root}/var`, { recursive: true }),
    entries: [".wh.var"],
  },
  {
    what: "a directory removed and made anew",
    change: (root) => {
      rmSync(`${root}/var/cache`, { recursive: true });
      mkdirSync(`${root}/var/cache`);
      writeFileSync(`${root}/var/cache/new`, "n");
    },
  },
  {
    what: "owners and modes set to what they are",
    change: (root) => {
      chownSync(`${root}/etc/conf`, 0, 0);
      chmodSync(`${root}/var/cache`, 0o755);
      chownSync(`${root}/bin/su`, 0, 0);
      chmodSync(`${root}/bin/su`, 0o4755);
    },
    entries: [],
  },
  {
    what: "a changed mode, owner and time",
    change: (root) => {
      chmodSync(`${root}/etc/conf`, 0o600);
      chownSync(`${root}/var/cache/a`, 5, 6);
      utimesSync(`${root}/bin/su`, 1, 1);
      lutimesSync(`${root}/lib`, 2, 2);
    },
    entries: ["bin", "bin/su", "etc", "etc/conf", "lib", "var", "var/cache", "var/cache/a"],
  },
  {
    what: "a changed attribute of a file and of a directory",
    change: (root) => {
      setXattr(`${root}/etc/conf`, "user.note", Buffer.from("x"));
      setXattr(`${root}/var/cache`, "user.note", Buffer.from("y"));
    },
    entries: ["etc", "etc/conf", "var", "var/cache"],
  },
  {
    what: "new content of the same size and time",
    change: (root) => {
      const { mtime } = statAt(AT_FDCWD, `${root}/var/cache/a`)!;
      writeFileSync(`${root}/var/cache/a`, "VAR/CACHE/A");
      utimesSync(`${root}/var/cache/a`, mtime.seconds, mtime.seconds);
    },
    entries: ["var", "var/cache", "var/cache/a"],
  },
  {
    what: "a second name for a file of a lower layer",
    change: (root) => linkSync(`${root}/etc/conf`, `${root}/etc/alias`),
    entries: ["etc", "etc/alias", "etc/conf"],
  },
  {
    what: "a file in the place of a directory, and the reverse",
    change: (root) => {
      rmSync(`${root}/var/cache`, { recursive: true });
      writeFileSync(`${root}/var/cache`, "file");
      rmSync(`${root}/etc/conf`);
      mkdirSync(`${root}/etc/conf`);
      symlinkSync("nowhere", `${root}/etc/conf/link`);
    },
  },
  {
    what: "a moved directory",
    change: (root) => {
      mkdirSync(`${root}/new`);
      renameSync(`${root}/var/cache/a`, `${root}/new/a`);
      renameSync(`${root}/new`, `${root}/newer`);
    },
    entries: ["newer", "newer/a", "var", "var/cache", "var/cache/.wh.a"],
  },
  {
    what: "devices and pipes",
    change: (root) => {
      makeNodeAt(AT_FDCWD, `${root}/etc/pipe`, "fifo", 0o600);
      makeNodeAt(AT_FDCWD, `${root}/etc/null`, "char", 0o666, 1, 3);
    },
    entries: ["etc", "etc/null", "etc/pipe"],
  },
  {
    what: "the root's own mode",
    change: (root) => chmodSync(root, 0o700),
    entries: ["."],
  },
];

/** Two layers, as directories of an overlay and as one tree. */
async function prepare(place: { at: (name: string) => string }) {
  for (const name of ["1", "2", "upper", "work", "merged", "tree"]) mkdirSync(place.at(name));
  await applyLayer(tarOf(...LOWEST), place.at("1"), { whiteouts: "overlay" });
  const lowers = [place.at("1")];
  await applyLayer(tarOf(...UPPER), place.at("2"), { whiteouts: "overlay", lowers });
  await applyLayer(tarOf(...LOWEST), place.at("tree"), { whiteouts: "remove" });
  await applyLayer(tarOf(...UPPER), place.at("tree"), { whiteouts: "remove" });
  return [place.at("2"), ...lowers];
}

function overlay(merged: string, lowers: readonly string[], more: string[] = []): Disposable {
  const options = ["index=off", "metacopy=off", "redirect_dir=off", ...more];
  mount("overlay", merged, "overlay", 0, [`lowerdir=${lowers.join(":")}`, ...options].join(","));
  return { [Symbol.dispose]: () => unmount(merged) };
}

async function namesIn(tar: Uint8Array): Promise<string[]> {
  const names: string[] = [];
  for await (const { header } of readTar(chunksOf(tar))) names.push(header.path);
  return names;
}

for (const { what, change, entries } of STORIES) {
  asRoot(`${what}, in an overlay, is a layer that gives the same tree`, async () => {
    using place = scratch();
    const lowers = await prepare(place);
    let expected: string[];
    {
      const upper = [`upperdir=${place.at("upper")}`, `workdir=${place.at("work")}`];
      using _ = overlay(place.at("merged"), lowers, upper);
      change(place.at("merged"));
      expected = listTree(place.at("merged"));
    }
    const tar = await bytesOf(diffOverlay(place.at("upper"), { lowers }));
    if (entries) expect(await namesIn(tar)).toEqual(entries);
    mkdirSync(place.at("3"));
    await applyLayer(chunksOf(tar), place.at("3"), { whiteouts: "overlay", lowers });
    {
      using _ = overlay(place.at("merged"), [place.at("3"), ...lowers]);
      expect(listTree(place.at("merged"))).toEqual(expected);
    }
    await applyLayer(chunksOf(tar), place.at("tree"), { whiteouts: "remove" });
    expect(listTree(place.at("tree"))).toEqual(expected);
  });

  asRoot(`${what}, in a whole tree, is a layer that gives the same tree`, async () => {
    using place = scratch();
    await prepare(place);
    mkdirSync(place.at("copy"));
    await copyTree(place.at("tree"), place.at("copy"));
    change(place.at("copy"));
    const tar = await bytesOf(diffDirectories(place.at("tree"), place.at("copy")));
    if (entries) expect(await namesIn(tar)).toEqual(entries);
    await applyLayer(chunksOf(tar), place.at("tree"), { whiteouts: "remove" });
    expect(listTree(place.at("tree"))).toEqual(listTree(place.at("copy")));
  });
}

asRoot("nothing of overlay's own attributes gets into a layer", async () => {
  using place = scratch();
  mkdirSync(place.at("upper/d"), { recursive: true });
  const own = ["opaque", "origin", "impure", "nlink"];
  for (const name of own) setXattr(place.at("upper/d"), PREFIX + name, Buffer.from("y"));
  setXattr(place.at("upper/d"), "user.mine", Buffer.from("m"));
  const headers: string[][] = [];
  const tar = diffOverlay(place.at("upper"), { lowers: [] });
  for await (const { header } of readTar(tar)) headers.push([header.path, ...header.xattrs.keys()]);
  expect(headers).toEqual([["d", "user.mine"]]);
});

asRoot("an opaque directory over one of a lower layer has its mark first", async () => {
  using place = scratch();
  for (const name of ["lower/d", "upper/d"]) mkdirSync(place.at(name), { recursive: true });
  setXattr(place.at("upper/d"), `${PREFIX}opaque`, Buffer.from("y"));
  writeFileSync(place.at("upper/d/!first"), "");
  const tar = await bytesOf(diffOverlay(place.at("upper"), { lowers: [place.at("lower")] }));
  expect(await namesIn(tar)).toEqual(["d", "d/.wh..wh..opq", "d/!first"]);
});

asRoot("a whiteout in the form of an attribute", async () => {
  using place = scratch();
  mkdirSync(place.at("upper"));
  writeFileSync(place.at("upper/gone"), "");
  setXattr(place.at("upper/gone"), `${PREFIX}whiteout`, Buffer.from("y"));
  expect(await namesIn(await bytesOf(diffOverlay(place.at("upper"), { lowers: [] })))).toEqual([
    ".wh.gone",
  ]);
});

for (const name of ["metacopy", "redirect"])
  asRoot(`content that is elsewhere (${name}) is refused`, async () => {
    using place = scratch();
    mkdirSync(place.at("upper"));
    writeFileSync(place.at("upper/f"), "");
    setXattr(place.at("upper/f"), PREFIX + name, Buffer.from("/x"));
    const diff = bytesOf(diffOverlay(place.at("upper"), { lowers: [] }));
    await expect(diff).rejects.toThrow("metacopy=off");
  });

asRoot("a file whose name would remove another is refused", async () => {
  using place = scratch();
  mkdirSync(place.at("upper"));
  writeFileSync(place.at("upper/.wh.passwd"), "");
  const diff = bytesOf(diffDirectories(undefined, place.at("upper")));
  await expect(diff).rejects.toThrow("it would remove another");
});
