import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Mount, mountAll, mountsUnder, unmountAll } from "./index.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "shale-mounts-"));
  for (const name of ["one", "two", "target"]) mkdirSync(join(root, name));
  writeFileSync(join(root, "one/a"), "");
  writeFileSync(join(root, "two/b"), "");
});
afterAll(() => rmSync(root, { recursive: true }));

describe("mountAll (needs root)", () => {
  test("a read-only bind mount", () => {
    const target = join(root, "target");
    const mounts: Mount[] = [{ type: "bind", source: join(root, "one"), options: ["rbind", "ro"] }];
    mountAll(mounts, target);
    expect(readdirSync(target)).toEqual(["a"]);
    expect(() => writeFileSync(join(target, "x"), "")).toThrow("EROFS");
    unmountAll(mounts, target);
    expect(readdirSync(target)).toEqual([]);
  });

  test("paths relative to a base, and the working directory stays", () => {
    const [target, before] = [join(root, "target"), process.cwd()];
    const options = ["lowerdir=one:two", "ro"];
    const mounts = [{ type: "overlay", source: "overlay", options, base: root }];
    mountAll(mounts, target);
    expect(readdirSync(target).sort()).toEqual(["a", "b"]);
    unmountAll(mounts, target);
    expect(process.cwd()).toBe(before);
  });

  test("when one fails none stays", () => {
    const good: Mount = { type: "bind", source: join(root, "one"), options: ["bind", "rw"] };
    const bad: Mount = { ...good, source: join(root, "none") };
    expect(() => mountAll([good, bad], join(root, "target"))).toThrow("ENOENT");
    expect(mountsUnder(root)).toEqual([]);
  });
});
