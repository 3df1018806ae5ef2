import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveGroups, resolveOwner, resolveUser } from "./index.ts";

const directory = mkdtempSync(join(tmpdir(), "shale-user-"));
const rootfs = join(directory, "root");
const tricky = join(directory, "tricky");

beforeAll(() => {
  mkdirSync(join(rootfs, "etc"), { recursive: true });
  writeFileSync(
    join(rootfs, "etc/passwd"),
    "root:x:0:0:root:/root:/bin/sh\n# comment\n\napp:x:1000:1001:App:/home/app:/bin/sh\n" +
      "7:x:1007:1008::/seven:/bin/sh\nhomeless:x:5:5:::\n",
  );
  writeFileSync(
    join(rootfs, "etc/group"),
    "root:x:0:\napp:x:1001:\naudio:x:29:app,x\nvideo:x:44:x,app\nstaff:x:50:root\n",
  );
  mkdirSync(join(tricky, "etc"), { recursive: true });
  writeFileSync(join(directory, "passwd"), "root:x:99:99::/outside:\nspy:x:1:1:::\n");
  symlinkSync("../../passwd", join(tricky, "etc/passwd"));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe("resolveUser", () => {
  test.each([
    ["", 0, 0, [50], "/root"],
    ["0", 0, 0, [50], "/root"],
    ["root", 0, 0, [50], "/root"],
    ["app", 1000, 1001, [29, 44], "/home/app"],
    ["1000", 1000, 1001, [29, 44], "/home/app"],
    ["app:audio", 1000, 29, [], "/home/app"],
    ["app:77", 1000, 77, [], "/home/app"],
    [":audio", 0, 29, [], "/root"],
    ["4242", 4242, 0, [], "/"],
    ["4242:4343", 4242, 4343, [], "/"],
    ["4242:video", 4242, 44, [], "/"],
    ["7", 1007, 1008, [], "/seven"],
    ["homeless", 5, 5, [], "/"],
  ])("%p", (spec, uid, gid, others, home) => {
    const additionalGids = [gid, ...others];
    expect(resolveUser(spec, rootfs)).toEqual({ uid, gid, additionalGids, home });
  });

  test.each([
    ["nobody", "unable to find user nobody: no matching entries in passwd file"],
    ["app:nogroup", "unable to find group nogroup: no matching entries in group file"],
    ["4294967296", "uids and gids must be in range 0-2147483647"],
  ])("%p is refused", (spec, message) => {
    expect(() => resolveUser(spec, rootfs)).toThrow(message);
  });

  test("without the files, numbers work and root is root", () => {
    const empty = mkdtempSync(join(directory, "empty-"));
    const nobody = { gid: 0, additionalGids: [0], home: "/" };
    expect(resolveUser("", empty)).toEqual({ uid: 0, ...nobody });
    expect(resolveUser("12", empty)).toEqual({ uid: 12, ...nobody });
    expect(() => resolveUser("app", empty)).toThrow("unable to find user app");
  });

  test("a passwd that links out of the root is not followed there", () => {
    expect(() => resolveUser("spy", tricky)).toThrow("unable to find user spy");
  });
});

describe("resolveOwner", () => {
  test.each([
    ["app", 1000, 1001],
    ["app:audio", 1000, 29],
    ["app:5", 1000, 5],
    ["12", 12, 12],
    ["12:13", 12, 13],
    ["1000", 1000, 1000],
    ["4294967294", 4294967294, 4294967294],
  ])("%p", (spec, uid, gid) => {
    expect(resolveOwner(spec, rootfs)).toEqual({ uid, gid });
  });

  test.each(["nobody", "12:nogroup", "4294967295"])("%p is refused", (spec) => {
    expect(() => resolveOwner(spec, rootfs)).toThrow();
  });
});

test("groups are resolved by their names, numbers need no entry", () => {
  expect(resolveGroups(["audio", "4242", "50"], rootfs)).toEqual([29, 4242, 50]);
  expect(() => resolveGroups(["nope"], rootfs)).toThrow(
    "Unable to find group nope: no matching entries in group file",
  );
  expect(() => resolveGroups(["99999999999"], rootfs)).toThrow("must be in range 0-2147483647");
});
