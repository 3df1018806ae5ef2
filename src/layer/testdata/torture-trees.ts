import { concat, decodePath } from "#bytes";
import { directory, entry, file, hardlink, symlink } from "./fixture.ts";

/** A sparse file of these pieces. */
export function sparseEntry(path: string, size: number, ...pieces: [offset: number, data: string][]) {
  const sparse = pieces.map(([offset, { length }]) => ({ offset, length }));
  const stored = Buffer.from(pieces.map(([, data]) => data).join(""));
  const rest = new Uint8Array((512 - (stored.length % 512)) % 512);
  return concat([entry({ path, size, sparse }), stored, rest]);
}

const NOT_UTF8 = decodePath(Uint8Array.of(0x63, 0x61, 0x66, 0xe9, 0xff));
const CAPABILITY = `\x01\0\0\x02\0\x20${"\0".repeat(14)}`;
const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`user.n${i}`, `${i}`]));
const deep = Array.from({ length: 50 }, (_, i) => `level${i}`).join("/");
const time = (seconds: number, nanoseconds: number) => ({ mtime: { seconds, nanoseconds } });

/** Layers, by what is hard in them; the root has its entry elsewhere. */
export const TORTURE_TREES: Readonly<Record<string, Uint8Array[]>> = {
  "an empty layer": [],
  "hard links": [
    entry({ path: "a", content: "data", mode: 0o4755 }),
    directory("d"),
    hardlink("d/b", "a"),
    hardlink("c", "./d/b"),
    symlink("l", "a"),
    hardlink("l2", "l"),
    entry({ path: "pipe", type: "fifo" }),
    hardlink("pipe2", "/pipe"),
  ],
  "a hard link whose first name is replaced": [
    file("a", "first"),
    hardlink("b", "a"),
    file("a", "second"),
    hardlink("c", "a"),
    hardlink("b", "b"),
  ],
  "modes, owners and devices": [
    entry({ path: "su", mode: 0o7777, uid: 2 ** 32 - 2, gid: 2 ** 32 - 2, content: "x" }),
    entry({ path: "none", mode: 0, uid: 65_536, gid: 65_535 }),
    entry({ path: "null", type: "char", mode: 0o666, deviceMajor: 1, deviceMinor: 3 }),
    entry({ path: "disk", type: "block", deviceMajor: 4095, deviceMinor: 1_048_575 }),
    entry({ path: "zero", type: "block", deviceMajor: 0, deviceMinor: 0 }),
    entry({ path: "pipe", type: "fifo", mode: 0o622, uid: 9 }),
    entry({ path: "link", type: "symlink", linkPath: "x", mode: 0o4000, uid: 7, gid: 8 }),
    entry({ path: "d", type: "directory", mode: 0o7000 }),
  ],
  times: [
    entry({ path: "before", ...time(-1, 999_999_999) }),
    entry({ path: "early", ...time(-(2 ** 31), 0) }),
    entry({ path: "zero", ...time(0, 0) }),
    entry({ path: "odd", ...time(1_700_000_000, 123_456_789) }),
    entry({ path: "late", ...time(2 ** 33, 1) }),
    entry({ path: "d", type: "directory", ...time(-1000, 5) }),
    file("d/after"),
    entry({ path: "l", type: "symlink", linkPath: "x", ...time(5, 6) }),
  ],
  "long and odd names": [
    file("n".repeat(255)),
    file("é".repeat(127)),
    file(`${NOT_UTF8}.txt`),
    directory(NOT_UTF8),
    file(`${NOT_UTF8}/${NOT_UTF8}`),
    symlink("to", NOT_UTF8),
    file("\ud83d\ude00"),
    file("\uffee"),
    file("a\nb\tc d"),
    file(".wh"),
    file("x.wh.y"),
    file(`${"p".repeat(100)}/${"q".repeat(100)}/${"r".repeat(100)}`),
    file(`${"a".repeat(250)}/${"b".repeat(250)}/${"c".repeat(250)}/${"d".repeat(250)}`),
    symlink("long", "t".repeat(4095)),
    symlink("short", "t".repeat(100)),
  ],
  "fifty levels": [directory(deep), file(`${deep}/f`), file(`${deep.slice(0, -3)}/g`)],
  "files of every length around a block's": [
    0, 1, 511, 512, 513, 1024, 4095, 4096, 4097, 100_000,
  ].map((size) => file(`f${size}`, "0123456789".repeat(10_000).slice(0, size))),
  "extended attributes": [
    entry({ path: "ping", mode: 0o755, xattrs: { "security.capability": CAPABILITY } }),
    entry({ path: "many", xattrs: many }),
    entry({ path: "large", xattrs: { "user.large": "x".repeat(3000), "user.empty": "" } }),
    ...Array.from({ length: 20 }, (_, i) =>
      entry({ path: `shared${i}`, xattrs: { "user.s": "s" } }),
    ),
    entry({ path: "d", type: "directory", xattrs: { "trusted.t": "\0\xff", "user.d": "d" } }),
    entry({
      path: "l",
      type: "symlink",
      linkPath: "x",
      xattrs: { "trusted.t": "t", "user.u": "" },
    }),
    entry({ path: "pipe", type: "fifo", xattrs: { "user.u": "u" } }),
    entry({ path: "dropped", xattrs: { "security.selinux": "s", "trusted.overlay.opaque": "y" } }),
    entry({ path: "again", type: "directory", xattrs: { "user.old": "1" } }),
    entry({ path: "again", type: "directory", xattrs: { "user.new": "2" } }),
  ],
  "a root of several entries": [
    entry({ path: ".", type: "directory", xattrs: { "user.old": "1" } }),
    file("f"),
    entry({
      path: "/",
      type: "directory",
      mode: 0o700,
      xattrs: { "user.new": "2" },
      ...time(1, 2),
    }),
  ],
  "sparse files, aligned and not": [
    sparseEntry("hole", 100_000),
    sparseEntry("aligned", 1 << 20, [4096, "a".repeat(1024)], [65_536, "b".repeat(512)]),
    sparseEntry("to-the-end", 9000, [8192, "e".repeat(808)]),
    sparseEntry("from-the-start", 9000, [0, "s".repeat(512)]),
    sparseEntry("odd-offset", 9000, [700, "o".repeat(512)]),
    sparseEntry("odd-length", 9000, [512, "l".repeat(100)], [1024, "m".repeat(100)]),
    sparseEntry("odd-position", 9000, [512, "p".repeat(100)], [2048, "q".repeat(512)]),
    sparseEntry("pieces", 9000, [0, "1".repeat(512)], [512, "2".repeat(512)], [2048, "3"]),
    sparseEntry("full", 1000, [0, "f".repeat(1000)]),
  ],
  "entries by way of symlinks": [
    directory("usr/lib"),
    symlink("lib", "usr/lib"),
    file("lib/a"),
    symlink("usr/lib/up", "../../"),
    file("lib/up/b"),
    symlink("out", "../../../lib/sub"),
    directory("usr/lib/sub"),
    file("out/c"),
    hardlink("d", "out/c"),
    symlink("usr/lib/sub/abs", "/usr"),
    file("out/abs/e"),
  ],
  "names that come again": [
    file("a", "1"),
    file("a", "22"),
    directory("a"),
    file("a/x"),
    file("a", "333"),
    directory("b/c"),
    file("b/c/d"),
    file("b"),
    directory("b"),
    file("b/e"),
    symlink("s", "b"),
    file("s/through"),
    file("s", "a file now"),
    entry({ path: "f", type: "fifo" }),
    directory("f"),
    entry({ path: "f", type: "char", deviceMajor: 1, deviceMinor: 1 }),
    directory("implied/x"),
    entry({ path: "implied", type: "directory", mode: 0o700 }),
  ],
  "directories without entries": [file("x/y/z/f"), directory("x/y"), symlink("a/b/l", "/")],
  "marks of what is not below": [
    file(".wh.gone", ""),
    file("d/.wh.gone", ""),
    file("d/f"),
    file("e/.wh..wh..opq", ""),
    file("e/f"),
    file(".wh..wh..opq", ""),
    file("d/.wh.f", ""),
    file(".wh..wh.plnk/1", ""),
  ],
};
