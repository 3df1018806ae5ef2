import { describe, expect, test } from "bun:test";
import { chunkCount, type ErofsInode, writeErofs } from "./index.ts";
import { caught, common, directory, file, none } from "./testing/trees.ts";

describe("what cannot be in an image", () => {
  const inDevice = (more: Partial<ErofsInode>): ErofsInode => ({
    ...common,
    type: "file",
    xattrs: none,
    size: 1000,
    ...more,
  });
  const names = new Map<string, ErofsInode>();
  const loop = directory({}, { children: names });
  names.set("self", loop);
  const twice = directory({});
  const xattr = (name: string, size = 1) => file({ xattrs: new Map([[name, Buffer.alloc(size)]]) });
  const many = Array.from({ length: 5 }, (_, i) => [`user.${i}`, Buffer.alloc(60_000)] as const);

  const cases: [string, ErofsInode, string, string][] = [
    [
      "a long name",
      directory({ ["n".repeat(256)]: file() }),
      "invalid-argument",
      "longer than 255",
    ],
    ["a name with a slash", directory({ "a/b": file() }), "invalid-argument", "not one of a file"],
    ["a name with a zero", directory({ "a\0b": file() }), "invalid-argument", "not one of a file"],
    ["a name of dots", directory({ "..": file() }), "invalid-argument", "not one of a file"],
    ["no name", directory({ "": file() }), "invalid-argument", "without a name"],
    ["half a character", directory({ "\ud800": file() }), "invalid-argument", "not one of a file"],
    [
      "a second text of the same bytes",
      directory({ "\udcc3\udca9": file(), é: file() }),
      "invalid-argument",
      "not one of a file",
    ],
    ["a directory in itself", loop, "invalid-argument", "second name"],
    ["a directory twice", directory({ a: twice, b: twice }), "invalid-argument", "second name"],
    ["a root that is a file", file(), "invalid-argument", "must be a directory"],
    ["a mode", directory({ a: file({ mode: 0o10000 }) }), "invalid-argument", '"/a"'],
    ["an owner", directory({ a: file({ uid: 2 ** 32 - 1 }) }), "invalid-argument", "owner"],
    [
      "a time",
      directory({ a: file({ mtime: { seconds: 0, nanoseconds: 1e9 } }) }),
      "invalid-argument",
      "time",
    ],
    [
      "a device number",
      directory({ a: { ...common, type: "block", xattrs: none, deviceMajor: 4096 } }),
      "invalid-argument",
      "4096:0",
    ],
    [
      "a long symlink",
      directory({ a: { ...common, type: "symlink", xattrs: none, linkPath: "x".repeat(4096) } }),
      "resource-exhausted",
      "4095",
    ],
    [
      "an empty symlink",
      directory({ a: { ...common, type: "symlink", xattrs: none, linkPath: "" } }),
      "invalid-argument",
      "no path",
    ],
    ["an unknown attribute", directory({ a: xattr("system.x") }), "invalid-argument", "system.x"],
    ["a prefix alone", directory({ a: xattr("user.") }), "invalid-argument", "user."],
    ["a large attribute", directory({ a: xattr("user.a", 65_536) }), "resource-exhausted", "65535"],
    ["attributes", directory({ a: file({ xattrs: new Map(many) }) }), "resource-exhausted", "take"],
    [
      "data that is not aligned",
      directory({ a: inDevice({ extents: [{ offset: 0, length: 1000, position: 100 }] }) }),
      "invalid-argument",
      "aligned",
    ],
    [
      "data beyond the device",
      directory({ a: inDevice({ extents: [{ offset: 0, length: 1000, position: 8192 }] }) }),
      "invalid-argument",
      "outside",
    ],
    [
      "data in a last block that is cut short",
      directory({ a: inDevice({ extents: [{ offset: 0, length: 1000, position: 8192 - 1024 }] }) }),
      "invalid-argument",
      "outside",
    ],
    [
      "data that overlaps",
      directory({
        a: inDevice({
          extents: [
            { offset: 0, length: 512, position: 0 },
            { offset: 0, length: 512, position: 512 },
          ],
        }),
      }),
      "invalid-argument",
      "out of order",
    ],
    ["a size", directory({ a: inDevice({ size: -1 }) }), "invalid-argument", "size"],
    [
      "tiny pieces in a vast hole",
      directory({
        a: inDevice({ size: 2 ** 40, extents: [{ offset: 512, length: 512, position: 0 }] }),
      }),
      "resource-exhausted",
      "holes",
    ],
  ];
  for (const [what, root, kind, message] of cases)
    test(what, () => {
      const [gotKind, gotMessage] = caught(() => writeErofs(root, { deviceSize: 8191 }));
      expect(gotKind).toBe(kind);
      expect(gotMessage).toContain(message);
    });

  test("a device of more blocks than an address can say", () => {
    const [kind] = caught(() => writeErofs(directory({}), { deviceSize: 2 ** 41 }));
    expect(kind).toBe("resource-exhausted");
  });
});

test("a file with holes takes as many chunks as are foretold", () => {
  const size = 2 ** 20;
  const extents = [{ offset: 8192, length: 4096, position: 0 }];
  const file: ErofsInode = { ...common, type: "file", xattrs: none, size, extents };
  const lengthOf = (inode: ErofsInode) =>
    writeErofs(directory({ a: inode }), { deviceSize: 4096 }).length;
  const hole = lengthOf({ ...file, extents: [] });
  expect(chunkCount([], size, 512)).toBe(1);
  expect(chunkCount(extents, size, 512)).toBe(256);
  // Of eight bytes each; the one of the hole fits into what else there is.
  expect(lengthOf(file) - hole).toBe(256 * 8);
});
