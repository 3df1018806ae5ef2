import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Directories } from "./directories.ts";
import { ownUsage } from "./usage.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "shale-directories-"));
});
afterEach(() => rmSync(root, { recursive: true }));

test("a number that is given again after a power cut gets an empty directory", () => {
  const directories = new Directories(root);
  directories.create(7);
  writeFileSync(join(directories.tree(7), "stale"), "x");
  mkdirSync(directories.work(7));
  directories.create(7);
  expect(readdirSync(directories.whole(7))).toEqual(["fs"]);
  expect(readdirSync(directories.tree(7))).toEqual([]);
  expect(readdirSync(directories.base)).toEqual(["7"]);
});

test("a file that is gone meanwhile takes no room", () => {
  const file = join(root, "file");
  writeFileSync(file, "x".repeat(10_000));
  const gone = join(root, "gone");
  expect(ownUsage([file, gone])).toBe(ownUsage([file]));
  expect(ownUsage([gone])).toBe(0);
});
