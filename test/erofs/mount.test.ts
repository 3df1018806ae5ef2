/** Needs root and a kernel that mounts EROFS from a file (6.12). */
import { afterAll, describe, expect, test } from "bun:test";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { type ErofsInode, writeErofs } from "#erofs";
import { MountFlag, mount, unmount } from "#kernel";
import { fuzzTree } from "./fuzz-tree.ts";
import { Bench, differences, expected, seenByKernel, seenByReader } from "./mounted.ts";
import { Random } from "./random-tree.ts";

// The last block is cut short, and not used.
const device = new Random(1).bytes((1 << 20) + 100);
const bench = new Bench(device);
afterAll(() => bench[Symbol.dispose]());

const common = { mode: 0o644, uid: 0, gid: 0, mtime: { seconds: 7, nanoseconds: 8 } };
const none: ReadonlyMap<string, Uint8Array> = new Map();
const file = (more: Partial<ErofsInode>): ErofsInode => ({
  ...common,
  type: "file",
  xattrs: none,
  ...more,
});
const symlink = (length: number, xattrs = none): ErofsInode => ({
  ...common,
  type: "symlink",
  xattrs,
  linkPath: "abcd/efgh".repeat(500).slice(0, length),
});
const directory = (children: Record<string, ErofsInode>, more: Partial<ErofsInode> = {}) =>
  ({
    ...common,
    type: "directory",
    xattrs: none,
    children: new Map(Object.entries(children)),
    ...more,
  }) as const;

function sameWhenMounted(root: ErofsInode): void {
  const image = writeErofs(root, { deviceSize: device.length });
  const want = expected(root, device);
  expect(differences(want, seenByReader(image, device))).toEqual([]);
  expect(differences(want, bench.mounted(image, true, seenByKernel))).toEqual([]);
}

describe("an index mounted with its device", () => {
  test("shows every attribute, and the data", () => {
    const linked = file({ size: 700, extents: [{ offset: 0, length: 700, position: 1024 }] });
    const capability = Buffer.from("0100000202000000000000000000000000000000", "hex");
    const acl = Buffer.from(
      "0200000001000600ffffffff02000600e803000004000400ffffffff10000600ffffffff20000400ffffffff",
      "hex",
    );
    sameWhenMounted(
      directory({
        linked,
        again: directory({ linked }, { mode: 0o1777, xattrs: new Map([["user.a", acl]]) }),
        end: file({ size: 100, extents: [{ offset: 0, length: 100, position: (1 << 20) - 512 }] }),
        all: file({ size: 1 << 20, extents: [{ offset: 0, length: 1 << 20, position: 0 }] }),
        capable: file({ xattrs: new Map([["security.capability", capability]]) }),
        listed: file({ xattrs: new Map([["system.posix_acl_access", acl]]), mode: 0o664 }),
        shared: file({ xattrs: new Map([["security.capability", capability]]), size: 0 }),
        hole: file({ size: 100_000 }),
        old: file({ mtime: { seconds: -1, nanoseconds: 999_999_999 } }),
        far: file({ mtime: { seconds: 2 ** 35, nanoseconds: 1 }, uid: 2 ** 32 - 2, gid: 70_000 }),
        disk: { ...common, type: "block", xattrs: none, deviceMajor: 259, deviceMinor: 70_000 },
        pipe: { ...common, type: "fifo", xattrs: none },
        socket: { ...common, type: "socket", xattrs: none },
      }),
    );
  });

  test("shows symlinks of every length around the borders of blocks", () => {
    const own = new Map([["trusted.a", Buffer.alloc(400)]]);
    const lengths = [1, 400, 447, 448, 449, 479, 480, 481, 511, 512, 513, 1024, 4095];
    const links = lengths.flatMap((n) => [
      [`${n}`, symlink(n)],
      [`x${n}`, symlink(n, own)],
    ]);
    sameWhenMounted(directory(Object.fromEntries(links)));
  });

  test("shows content of every length around the borders of blocks", () => {
    const lengths = [1, 31, 32, 447, 448, 480, 481, 511, 512, 513, 1023, 1024, 1025, 4096, 70_000];
    const files = lengths.map((n) => [`${n}`, file({ content: new Random(n).bytes(n) })]);
    sameWhenMounted(directory(Object.fromEntries(files)));
  });

  test("shows directories of every size around the borders of blocks", () => {
    const directories = Array.from({ length: 80 }, (_, n) => {
      const names = Array.from({ length: n }, (_, i) => [`${"n".repeat(i)}`.padStart(3, "x"), n]);
      return [`${n}`, directory(Object.fromEntries(names.map(([name]) => [name, file({})])))];
    });
    sameWhenMounted(directory(Object.fromEntries(directories)));
  });

  test("shows a directory of 100,000 names", () => {
    const names = Array.from({ length: 100_000 }, (_, i) => `f${i}`);
    const one = file({});
    const root = directory(Object.fromEntries(names.map((name) => [name, one])));
    bench.mounted(writeErofs(root, { deviceSize: 0 }), true, (mounted) => {
      expect(readdirSync(mounted).length).toBe(100_000);
      expect(statSync(join(mounted, "f77777")).nlink).toBe(100_000);
      expect(existsSync(join(mounted, "f100000"))).toBe(false);
    });
  });

  test("shows a vast sparse file", () => {
    const size = 2 ** 40 + 5;
    const extents = [{ offset: 2 ** 39, length: 512, position: 512 }];
    // The border of the data makes the chunks; here they are of half a gigabyte.
    const wide = [{ offset: 2 ** 39, length: 2 ** 19, position: 512 }];
    expect(() =>
      writeErofs(directory({ a: file({ size, extents }) }), { deviceSize: 1024 }),
    ).toThrow("holes");
    const image = writeErofs(directory({ a: file({ size, extents: wide }) }), {
      deviceSize: device.length,
    });
    bench.mounted(image, true, (mounted) => {
      const bytes = Buffer.alloc(4096);
      const fd = openSync(join(mounted, "a"), "r");
      readSync(fd, bytes, 0, 4096, 2 ** 39);
      expect(bytes.equals(device.subarray(512, 4608))).toBe(true);
      readSync(fd, bytes, 0, 4096, 2 ** 39 - 4096);
      expect(bytes.every((byte) => byte === 0)).toBe(true);
      closeSync(fd);
    });
  });
});

test("overlay takes whiteouts and opaque directories", () => {
  const opaque = new Map([["trusted.overlay.opaque", Buffer.from("y")]]);
  const whiteout: ErofsInode = { ...common, type: "char", xattrs: none, deviceMajor: 0 };
  const upper = directory({
    gone: whiteout,
    replaced: directory({ new: file({}) }, { xattrs: opaque }),
    merged: directory({ new: file({}) }),
  });
  const lower = directory({
    gone: file({}),
    kept: file({}),
    replaced: directory({ old: file({}) }),
    merged: directory({ old: file({}) }),
  });
  using second = new Bench(device);
  const merged = `${bench.target}.merged`;
  mkdirSync(merged);
  bench.mounted(writeErofs(upper), false, (top) =>
    second.mounted(writeErofs(lower), false, (bottom) => {
      mount("overlay", merged, "overlay", MountFlag.readOnly, `lowerdir=${top}:${bottom}`);
      try {
        expect(readdirSync(merged).sort()).toEqual(["kept", "merged", "replaced"]);
        expect(readdirSync(join(merged, "replaced"))).toEqual(["new"]);
        expect(readdirSync(join(merged, "merged")).sort()).toEqual(["new", "old"]);
      } finally {
        unmount(merged);
      }
    }),
  );
});

test("300 random trees come back as they were", () => {
  for (let seed = 1; seed <= 300; seed++) fuzzTree(bench, seed);
});
