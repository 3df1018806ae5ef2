import { afterAll, expect, test } from "bun:test";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodePath } from "#bytes";
import { type KindedError, kindOf } from "#errors";
import {
  AT_FDCWD,
  closeFd,
  getXattr,
  inodeKey,
  listXattrs,
  OpenFlag,
  openAt,
  readLinkAt,
  readNames,
  removeXattr,
  setTimesAt,
  setXattr,
  statAt,
  symlinkAt,
  writeFullyAt,
} from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "shale-inode-"));
afterAll(() => rmSync(root, { recursive: true }));

test("an inode's facts, a symlink's own, and nothing for no name", () => {
  writeFileSync(join(root, "f"), "12345", { mode: 0o640 });
  symlinkSync("f", join(root, "l"));
  const file = statAt(AT_FDCWD, join(root, "f"));
  expect(file).toMatchObject({ type: "file", mode: 0o640, size: 5, linkCount: 1 });
  expect(statAt(AT_FDCWD, join(root, "l"))?.type).toBe("symlink");
  expect(readLinkAt(AT_FDCWD, join(root, "l"))).toBe("f");
  expect(readLinkAt(AT_FDCWD, join(root, "f"))).toBeUndefined();
  expect(statAt(AT_FDCWD, join(root, "none"))).toBeUndefined();
});

test("the time of the last change and the numbers are the system's", () => {
  const path = join(root, "changed");
  writeFileSync(path, "");
  setXattr(path, "user.note", Buffer.from("x"));
  const { ctimeNs, ino, dev } = lstatSync(path, { bigint: true });
  const inode = statAt(AT_FDCWD, path)!;
  const { seconds, nanoseconds } = inode.ctime;
  expect(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)).toBe(ctimeNs);
  expect(BigInt(inode.ino)).toBe(ino);
  expect(inodeKey(inode)).toBe(inodeKey(statAt(AT_FDCWD, path)!));
  const other = statAt(AT_FDCWD, "/proc")!;
  expect(lstatSync("/proc", { bigint: true }).dev === dev).toBe(other.device === inode.device);
});

test("times to the nanosecond, before 1970 and after 2106", () => {
  const path = join(root, "times");
  writeFileSync(path, "");
  for (const seconds of [0, -1, -(2 ** 30), 2 ** 32 + 5])
    for (const nanoseconds of [0, 999_999_999]) {
      setTimesAt(AT_FDCWD, path, { seconds, nanoseconds });
      expect(statAt(AT_FDCWD, path)!.mtime).toEqual({ seconds, nanoseconds });
    }
});

test("names are bytes, and never hold a NUL", () => {
  const directory = join(root, "names");
  mkdirSync(directory);
  const fd = openAt(AT_FDCWD, directory, OpenFlag.directory);
  const names = ["💩", "plain", decodePath(Uint8Array.of(0xff, 0x2e, 0xfe))];
  for (const name of names) symlinkAt(name, fd, name);
  expect(readNames(fd).sort()).toEqual(names.sort());
  expect(names.map((name) => readLinkAt(fd, name))).toEqual(names);
  expect(() => statAt(fd, "a\0b")).toThrow("NUL");
  closeFd(fd);
});

test("a directory that was removed has no names", () => {
  const directory = join(root, "removed");
  mkdirSync(directory);
  const fd = openAt(AT_FDCWD, directory, OpenFlag.directory);
  rmSync(directory, { recursive: true });
  expect(readNames(fd)).toEqual([]);
  closeFd(fd);
});

test("the last part of a path is never followed", () => {
  symlinkSync("/etc/passwd", join(root, "trap"));
  let thrown: unknown;
  try {
    openAt(AT_FDCWD, join(root, "trap"), OpenFlag.readOnly);
  } catch (error) {
    thrown = error;
  }
  expect((thrown as KindedError).message).toContain("ELOOP");
});

test("attributes are any bytes, and gone when removed", () => {
  const path = join(root, "attributes");
  writeFileSync(path, "");
  const value = Uint8Array.of(0, 1, 255);
  setXattr(path, "user.a", value);
  setXattr(path, "user.empty", new Uint8Array());
  expect(listXattrs(path).filter((name) => name.startsWith("user."))).toEqual([
    "user.a",
    "user.empty",
  ]);
  expect(getXattr(path, "user.a")).toEqual(value);
  expect(getXattr(path, "user.empty")).toEqual(new Uint8Array());
  expect(getXattr(path, "user.none")).toBeUndefined();
  removeXattr(path, "user.a");
  removeXattr(path, "user.a");
  expect(getXattr(path, "user.a")).toBeUndefined();
  try {
    setXattr(path, "nonsense", value);
  } catch (error) {
    expect(kindOf(error)).toBe("unsupported");
  }
});

test("bytes are written at any place of a file", () => {
  const path = join(root, "content");
  const fd = openAt(AT_FDCWD, path, OpenFlag.writeOnly | OpenFlag.create, 0o600);
  writeFullyAt(fd, Buffer.from("end"), 5);
  closeFd(fd);
  expect(readFileSync(path, "latin1")).toBe("\0\0\0\0\0end");
});
