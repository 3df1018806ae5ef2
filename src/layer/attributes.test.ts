/** What an inode has besides what the archive says of it: nothing. Needs root. */
import { expect, test } from "bun:test";
import { mkdirSync, readdirSync } from "node:fs";
import { chunksOf } from "#bytes";
import { kindOf } from "#errors";
import { encodeHeader, type TarHeader } from "#tar";
import { applyLayer } from "./index.ts";
import { hardlink, isRoot, listTree, scratch } from "./testdata/fixture.ts";

const asRoot = test.skipIf(!isRoot);
const WAYS = ["overlay", "remove"] as const;

const ACL =
  "0200000001000600ffffffff02000700e803000004000500ffffffff10000700ffffffff20000400ffffffff";
const DEFAULT_ACL = "system.posix_acl_default";
const ACCESS_ACL = "system.posix_acl_access";

function entry(
  path: string,
  type: TarHeader["type"],
  hex: Record<string, string> = {},
  more: Partial<TarHeader> = {},
): Uint8Array {
  const xattrs = Object.entries(hex).map(
    ([name, value]) => [name, Buffer.from(value, "hex")] as const,
  );
  return encodeHeader({
    ...{ path, type, mode: 0o750, uid: 0, gid: 0, size: 0, xattrs: new Map(xattrs) },
    ...{ mtime: { seconds: 0, nanoseconds: 0 }, ...more },
  });
}

for (const whiteouts of WAYS) {
  asRoot(
    `a default access list gives nothing to what is in its directory (${whiteouts})`,
    async () => {
      using place = scratch();
      mkdirSync(place.at("t"));
      const tar = chunksOf(
        entry("d", "directory", { [DEFAULT_ACL]: ACL }),
        ...[entry("d/file", "file"), hardlink("d/link", "d/file"), entry("d/pipe", "fifo")],
        entry("d/null", "char", {}, { deviceMajor: 1, deviceMinor: 3 }),
        entry("d/symlink", "symlink", {}, { linkPath: "x", mode: 0o777 }),
        ...[entry("d/sub", "directory"), entry("d/sub/file", "file"), entry("d/none/file", "file")],
        entry("d/unknown", "directory", { [DEFAULT_ACL]: ACL.replace("02", "03") }),
        entry("d/own", "file", { [ACCESS_ACL]: ACL }),
      );
      await applyLayer(tar, place.at("t"), { whiteouts });
      expect(
        listTree(place.at("t"), { times: false }).map((line) => line.replace(/ 0 [0-9a-f]{8}/, "")),
      ).toEqual([
        `d directory 750 0:0 ${DEFAULT_ACL}=${ACL}`,
        "d/file file 750 0:0",
        "d/link file 750 0:0 = d/file",
        "d/none directory 755 0:0",
        "d/none/file file 750 0:0",
        "d/null char 750 0:0 1,3",
        `d/own file 674 0:0 ${ACCESS_ACL}=${ACL}`,
        "d/pipe fifo 750 0:0",
        "d/sub directory 750 0:0",
        "d/sub/file file 750 0:0",
        "d/symlink symlink 777 0:0 -> x",
        "d/unknown directory 750 0:0",
      ]);
    },
  );

  asRoot(`capabilities of no bytes are refused (${whiteouts})`, async () => {
    using place = scratch();
    mkdirSync(place.at("t"));
    const tar = chunksOf(entry("ping", "file", { "security.capability": "" }));
    const applied = applyLayer(tar, place.at("t"), { whiteouts });
    expect(await applied.catch(kindOf)).toBe("invalid-argument");
    expect(readdirSync(place.at("t"))).toEqual([]);
  });
}

asRoot("a default access list of a lower layer gives nothing to new files in a tree", async () => {
  using place = scratch();
  mkdirSync(place.at("t"));
  const lower = chunksOf(entry("d", "directory", { [DEFAULT_ACL]: ACL }));
  await applyLayer(lower, place.at("t"), { whiteouts: "remove" });
  const upper = chunksOf(entry("d/file", "file"), entry("d/sub/x", "fifo"));
  await applyLayer(upper, place.at("t"), { whiteouts: "remove" });
  const inside = listTree(place.at("t"), { times: false }).slice(1);
  expect(inside.filter((line) => line.includes("posix_acl"))).toEqual([]);
});
