/** What an index says of extended attributes is what setxattr(2) would have made of them. */
import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { chunksOf, concat } from "#bytes";
import { kindOf, messageOf } from "#errors";
import { encodeHeader, type TarHeader } from "#tar";
import { applyLayer } from "./index.ts";
import { isRoot, listTree, scratch } from "./testdata/fixture.ts";
import { indexOf, mountsErofs, withMounted } from "./testdata/mounted-layer.ts";

const OWNER = "01000600ffffffff";
const GROUP = "04000500ffffffff";
const OTHER = "20000400ffffffff";
const MASK = "10000700ffffffff";
const USER = "02000700e8030000";
const NAMED_GROUP = "08000100e9030000";
const acl = (...entries: string[]) => `02000000${entries.join("")}`;
const access = (value: string) => ({ "system.posix_acl_access": value });
const fallback = (value: string) => ({ "system.posix_acl_default": value });
const capability = (value: string) => ({ "security.capability": value });
const FULL = acl(OWNER, USER, GROUP, NAMED_GROUP, MASK, OTHER);
const V2 = `0100000200200000${"0".repeat(24)}`;

type Case = readonly [what: string, xattrs: Record<string, string>, type?: TarHeader["type"]];

const CASES: readonly Case[] = [
  ["an access list, which decides the mode", access(FULL)],
  ["an access list of a directory", access(FULL), "directory"],
  ["an access list of a pipe", access(FULL), "fifo"],
  ["an access list of a symlink, which has none", access(FULL), "symlink"],
  ["a list that says no more than a mode", access(acl(OWNER, GROUP, OTHER))],
  ["a list with a mask alone", access(acl(OWNER, GROUP, MASK, OTHER))],
  [
    "numbers where a list has none",
    access(acl("0100060001020304", GROUP, OTHER.replace(/f/g, "0"))),
  ],
  ["numbers where a longer list has none", access(FULL.replaceAll("ffffffff", "05000000"))],
  ["a default list of a directory", fallback(FULL), "directory"],
  ["a default list of a file", fallback(FULL)],
  ["an empty value", access("")],
  ["an empty list", access(acl())],
  ["a list that is cut off in its version", access("020000")],
  ["a list that is cut off", access(FULL.slice(0, -8))],
  ["a list of another version", access(FULL.replace("02", "03"))],
  ["a list out of order", access(acl(GROUP, OWNER, OTHER))],
  ["a list without others", access(acl(OWNER, GROUP))],
  ["a list without a group", access(acl(OWNER, OTHER))],
  ["a named user without a mask", access(acl(OWNER, USER, GROUP, OTHER))],
  ["a named user who is nobody", access(acl(OWNER, "02000700ffffffff", GROUP, MASK, OTHER))],
  ["a tag that is none", access(acl(OWNER, GROUP, "4000070000000000", OTHER))],
  ["permissions that are none", access(acl("01000f00ffffffff", GROUP, OTHER))],
  ["a list of a whole header twice", access(acl(OWNER, OWNER, GROUP, OTHER))],
  ["a bad default list", fallback(acl(GROUP)), "directory"],
  ["capabilities", capability(V2)],
  ["capabilities that are not effective", capability(V2.replace("01", "00"))],
  [
    "capabilities of a user namespace",
    capability(`${V2.replace("0100000", "0100000").replace("02", "03")}e8030000`),
  ],
  ["capabilities of the first user namespace", capability(`${V2.replace("02", "03")}00000000`)],
  ["capabilities of nobody's user namespace", capability(`${V2.replace("02", "03")}ffffffff`)],
  ["capabilities of a directory", capability(V2), "directory"],
  ["capabilities of the first version", capability("0100000100200000")],
  ["capabilities of a version to come", capability(V2.replace("02", "04"))],
  ["capabilities of odd flags", capability(V2.replace("01", "03"))],
  ["capabilities that are cut off", capability(V2.slice(2))],
  ["a user's attribute of a file", { "user.a": "00ff" }],
  ["a user's attribute of a directory", { "user.a": "" }, "directory"],
  ["a user's attribute of a symlink, which has none", { "user.a": "61" }, "symlink"],
  ["a user's attribute of a pipe, which has none", { "user.a": "61" }, "fifo"],
  ["a trusted attribute of a symlink", { "trusted.a": "61" }, "symlink"],
  ["an attribute without a name", { "user.": "61" }],
  ["the longest name", { [`user.${"n".repeat(250)}`]: "61" }],
  ["a name that is too long", { [`user.${"n".repeat(251)}`]: "61" }],
  ["a label of the machine", { "security.selinux": "61", "system.other": "61" }],
];

function layer([, given, type = "file"]: Case): Uint8Array {
  const values = Object.entries(given).map(
    ([name, hex]) => [name, Buffer.from(hex, "hex")] as const,
  );
  const header: TarHeader = {
    ...{ path: "x", type, mode: 0o754, uid: 0, gid: 0, size: 0 },
    ...{ mtime: { seconds: 7, nanoseconds: 8 }, xattrs: new Map(values) },
    ...(type === "symlink" && { linkPath: "y" }),
  };
  return concat([encodeHeader(header), encodeHeader({ ...header, path: "z", xattrs: new Map() })]);
}

describe.skipIf(!mountsErofs)("an index and a tree agree on (needs root)", () => {
  for (const each of CASES)
    test(each[0], async () => {
      using place = scratch();
      const tar = layer(each);
      mkdirSync(place.at("tree"));
      const applied = applyLayer(chunksOf(tar), place.at("tree"), { whiteouts: "remove" });
      const want = await applied.then(() => listTree(place.at("tree")), kindOf);
      const seen = async () =>
        await withMounted(tar, place.at("mounted"), (root) => listTree(root));
      expect(await seen().catch(kindOf)).toEqual(want);
    });
});

test("capabilities of no bytes, which the kernel takes and then cannot read, are refused", () => {
  const attempt = () => indexOf(layer(["", capability("")]));
  expect(attempt).toThrow('entry "x": a file cannot have this attribute security.capability');
});

describe.skipIf(!isRoot)("more than an inode can have", () => {
  const header = { path: "dir/it", type: "file", mode: 0o644, uid: 0, gid: 0, size: 0 } as const;
  const mtime = { seconds: 0, nanoseconds: 0 };
  const messageFor = (xattrs: Map<string, Uint8Array>) => {
    try {
      indexOf(encodeHeader({ ...header, mtime, xattrs }));
    } catch (error) {
      return `${kindOf(error)}: ${messageOf(error)}`;
    }
    return undefined;
  };
  const xattrs = (count: number, size: number, name = "") =>
    new Map(
      Array.from({ length: count }, (_, i) => [`user.${i}${name}`, new Uint8Array(size)] as const),
    );

  test("is refused when the layer is indexed, by the entry's name", () => {
    const refusal = /^resource-exhausted: .*dir\/it/;
    expect(messageFor(xattrs(5, 60_000))).toMatch(refusal);
    expect(messageFor(xattrs(1, 65_536))).toMatch(refusal);
    expect(messageFor(xattrs(300, 0, "n".repeat(240)))).toMatch(refusal);
  });

  test("is less than large and many attributes", async () => {
    for (const some of [xattrs(4, 60_000), xattrs(1, 65_535), xattrs(260, 9, "n".repeat(240))]) {
      using place = scratch();
      const tar = encodeHeader({ ...header, mtime, xattrs: some });
      await withMounted(tar, place.at("m"), (root) => {
        const [, line] = listTree(root);
        expect(line!.split(" ").filter((part) => part.startsWith("user."))).toHaveLength(some.size);
      });
    }
  });
});
