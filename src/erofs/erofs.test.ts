import { describe, expect, test } from "bun:test";
import { type ErofsInode, writeErofs } from "./index.ts";
import {
  at,
  common,
  directory,
  file,
  none,
  open,
  sample,
  sparse,
  written,
} from "./testing/trees.ts";

describe("an image that was written", () => {
  test("is read back", () => {
    const reader = written(sample(), { deviceSize: 8192 });
    expect([...reader.entries(reader.root)].map(({ name, type }) => [name, type])).toEqual([
      ["bin", "directory"],
      ["caf\udce9", "file"],
      ["link", "symlink"],
      ["null", "char"],
      ["sparse", "file"],
    ]);
    expect(reader.root.linkCount).toBe(3);
    expect(at(reader, "bin").mode).toBe(0o1777);
    const tool = at(reader, "bin", "tool");
    expect(tool).toMatchObject({ mode: 0o4755, uid: 70_000, linkCount: 2, size: 0 });
    expect(tool.mtime).toEqual({ seconds: -3, nanoseconds: 999 });
    expect(at(reader, "bin", "other").nid).toBe(tool.nid);
    expect(reader.node(tool.nid)).toEqual(tool);
    expect(reader.readLink(at(reader, "link"))).toBe("../caf\udce9");
    expect(at(reader, "null")).toMatchObject({ deviceMajor: 0xfff, deviceMinor: 0xfffff });
    expect(reader.lookup(reader.root, "none")).toBeUndefined();
  });

  test("says where the data is", () => {
    const image = writeErofs(sample(), { deviceSize: 8192 });
    const reader = open(image);
    const [inside] = reader.extents(at(reader, "caf\udce9"));
    const start = inside!.position;
    expect(Buffer.from(image.subarray(start, start + inside!.length)).toString()).toBe("text");
    expect(reader.extents(at(reader, "sparse"))).toEqual(
      sparse.extents!.map((extent) => ({ ...extent, inImage: false })),
    );
  });

  test("has the same bytes for the same tree, in whatever order its names come", () => {
    const options = { deviceSize: 8192 };
    const root = sample();
    const reversed = new Map([...root.children!].reverse());
    const image = writeErofs(root, options);
    expect(writeErofs({ ...root, children: reversed }, options)).toEqual(image);
  });

  test("keeps attributes, those that repeat and those that do not", () => {
    const xattrs = new Map([
      ["user.same", Buffer.from("value")],
      ["security.capability", Buffer.alloc(20, 1)],
      ["system.posix_acl_access", Buffer.alloc(28, 2)],
      ["trusted.overlay.opaque", Buffer.from("y")],
      ["user.large", Buffer.alloc(0xffff, 3)],
    ]);
    const own = new Map([...xattrs, ["user.empty", Buffer.alloc(0)]]);
    const reader = written(directory({ a: file({ xattrs }), b: file({ xattrs: own }), c: file() }));
    const plain = (name: string) =>
      Object.fromEntries(
        [...reader.xattrs(at(reader, name))].map(([key, value]) => [key, Buffer.from(value)]),
      );
    expect(plain("a")).toEqual(Object.fromEntries(xattrs));
    expect(plain("b")).toEqual(Object.fromEntries(own));
    expect(plain("c")).toEqual({});
  });

  test("has a directory of 100,000 names and finds each kind of neighbour", () => {
    const names = Array.from({ length: 100_000 }, (_, i) => `f${i}`);
    const root = directory(Object.fromEntries(names.map((name) => [name, file()])));
    const reader = written(root);
    expect([...reader.entries(reader.root)].map(({ name }) => name)).toEqual(names.sort());
    for (const name of ["f0", "f99999", "f50000"])
      expect(reader.lookup(reader.root, name)).toBeDefined();
    for (const name of ["", "f", "f100000", "g", "\0", "f5000x"])
      expect(reader.lookup(reader.root, name)).toBeUndefined();
  });

  test("has 20,000 levels", () => {
    let root: ErofsInode = directory({});
    for (let level = 0; level < 20_000; level++) root = directory({ d: root });
    const reader = written(root);
    let depth = 0;
    for (let node = reader.lookup(reader.root, "d"); node; node = reader.lookup(node, "d")) depth++;
    expect(depth).toBe(20_000);
  });

  test("orders names by their bytes, not as UTF-16", () => {
    const names = ["!", "-", "a", "\uffee", "\udcff", "💩"];
    const reader = written(directory(Object.fromEntries(names.map((name) => [name, file()]))));
    const sorted = [...reader.entries(reader.root)].map(({ name }) => name);
    expect(sorted).toEqual(["!", "-", "a", "\uffee", "💩", "\udcff"]);
    for (const name of names) expect(reader.lookup(reader.root, name)).toBeDefined();
  });

  test("is small: sixty bytes and its name for a file in a device", () => {
    const extents = [{ offset: 0, length: 5000, position: 512 }];
    const files = Array.from({ length: 10_000 }, (_, i) => [
      `file-${i}`,
      { ...common, type: "file", xattrs: none, size: 5000, extents },
    ]);
    const image = writeErofs(directory(Object.fromEntries(files)), { deviceSize: 8192 });
    expect(image.length).toBeLessThan(600_000);
  });
});
