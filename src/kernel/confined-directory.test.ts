import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kindOf } from "#errors";
import { ConfinedDirectory, makeDirectoryAt, readNames } from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "shale-confined-"));
afterAll(() => rmSync(root, { recursive: true }));

function make(name: string): { inside: ConfinedDirectory; path: string } {
  const path = join(root, name, "inside");
  mkdirSync(join(path, "a/b/c"), { recursive: true });
  return { inside: new ConfinedDirectory(path), path };
}

function kindOfThrown(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    return kindOf(error);
  }
  return "nothing";
}

test("paths are walked inside, whatever links and dots say", () => {
  const { inside, path } = make("walk");
  symlinkSync("/a", join(path, "absolute"));
  symlinkSync("../../../a/b", join(path, "up"));
  symlinkSync("../absolute/b/../b", join(path, "a/chain"));
  using _ = inside;
  const real = (asked: string) => inside.directory(asked).path;
  expect(real("")).toBe("");
  expect(real("a/b")).toBe("a/b");
  expect(real("./a//b/.")).toBe("a/b");
  expect(real("../../a")).toBe("a");
  expect(real("absolute/b")).toBe("a/b");
  expect(real("up/c")).toBe("a/b/c");
  expect(real("a/chain")).toBe("a/b");
});

test("what is missing can be made, and is an error otherwise", () => {
  const { inside } = make("missing");
  using _ = inside;
  const made: string[] = [];
  const directory = inside.directory("a/new/deep", (parent, name) => {
    makeDirectoryAt(parent.fd, name);
    made.push(`${parent.path}/${name}`);
    return true;
  });
  expect(made).toEqual(["a/new", "a/new/deep"]);
  expect(directory.path).toBe("a/new/deep");
  expect(kindOfThrown(() => inside.directory("a/none"))).toBe("failed-precondition");
});

test("links without end are an error", () => {
  const { inside, path } = make("loop");
  symlinkSync("y", join(path, "x"));
  symlinkSync("x", join(path, "y"));
  using _ = inside;
  expect(kindOfThrown(() => inside.directory("x"))).toBe("resource-exhausted");
});

test("after a directory was replaced, forget makes paths be walked anew", () => {
  const { inside, path } = make("replaced");
  using _ = inside;
  const before = inside.directory("a/b");
  renameSync(join(path, "a"), join(path, "old"));
  mkdirSync(join(path, "a/b"), { recursive: true });
  inside.forget();
  expect(readNames(before.fd)).toEqual(["c"]);
  expect(readNames(inside.directory("a/b").fd)).toEqual([]);
});

test("descriptors are few, however many directories are asked for", () => {
  const { inside, path } = make("many");
  for (let i = 0; i < 400; i++) mkdirSync(join(path, `d${i}`));
  const open = () => readdirSync("/proc/self/fd").length;
  const before = open();
  for (let i = 0; i < 400; i++) inside.directory(`d${i}`);
  expect(open() - before).toBeLessThan(150);
  inside[Symbol.dispose]();
  expect(open()).toBeLessThan(before);
});
