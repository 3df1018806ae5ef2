/** The times of directories when something else takes their place. Needs root. */
import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { applyLayer } from "./index.ts";
import {
  directory,
  entry,
  file,
  isRoot,
  listTree,
  scratch,
  symlink,
  tarOf,
} from "./testdata/fixture.ts";

const asRoot = test.skipIf(!isRoot);

for (const whiteouts of ["overlay", "remove"] as const) {
  for (const target of ["a", "./a/b", "/a", "b/../a"])
    asRoot(`a symlink to ${target} in the place of directory a (${whiteouts})`, async () => {
      using place = scratch();
      mkdirSync(place.at("t"));
      const tar = tarOf(directory("a"), directory("a/b"), file("a/b/c/f"), symlink("a", target));
      await applyLayer(tar, place.at("t"), { whiteouts });
      expect(listTree(place.at("t"))).toEqual([`a symlink 777 0:0 1700000000.0 -> ${target}`]);
    });

  asRoot(
    `a directory does not get the time of one that a symlink replaced (${whiteouts})`,
    async () => {
      using place = scratch();
      mkdirSync(place.at("t"));
      const mtime = { seconds: 5, nanoseconds: 6 };
      const tar = tarOf(
        ...[directory("other"), directory("other/b"), directory("a")],
        ...[entry({ path: "a/b", type: "directory", mtime }), symlink("a", "other")],
      );
      await applyLayer(tar, place.at("t"), { whiteouts });
      expect(listTree(place.at("t"))[2]).toBe("other/b directory 755 0:0 1700000000.0");
    },
  );
}
