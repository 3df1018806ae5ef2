import { describe, expect, test } from "bun:test";
import { absolutePath, parseCopyArgument } from "./copy-argument.ts";
import { placeCopy } from "./place-copy.ts";

const file = { name: "f", isDirectory: false };
const directory = { name: "d", isDirectory: true };
const content = { name: ".", isDirectory: true };
const there = (path: string, isDirectory: boolean) => ({ path, isDirectory, exists: true });
const absent = (path: string) => ({ path, isDirectory: false, exists: false });

describe("where a copy goes", () => {
  test.each([
    ["a file into a directory", file, there("/x", true), "/x", "f"],
    ["a file over a file", file, there("/x/g", false), "/x", "g"],
    ["a file to a new name", file, absent("/x/g"), "/x", "g"],
    ["a directory into a directory", directory, there("/x/", true), "/x/", "d"],
    ["a directory to a new name", directory, absent("/x/e"), "/x", "e"],
    ["a directory to a new name with a slash", directory, absent("/x/e/"), "/x", "e"],
    ["a directory's content into a directory", content, there("/x", true), "/x", "."],
    ["a directory's content into a new one", content, absent("/x/e"), "/x", "e"],
  ])("%s", (_, source, target, directory, name) => {
    expect(placeCopy(source, target)).toEqual({ directory, name });
  });

  test.each([
    ["a directory over a file", directory, there("/x/g", false), "cannot copy directory"],
    ["a file into a directory that is not there", file, absent("/x/e/"), "no such directory"],
    ["a file to no path", file, absent(""), "no such directory"],
  ])("%s fails", (_, source, target, message) => {
    expect(() => placeCopy(source, target)).toThrow(message);
  });
});

test.each([
  ["c:/x", "c", "/x"],
  ["c:x:y", "c", "x:y"],
  ["/a:b", undefined, "/a:b"],
  ["./a:b", undefined, "./a:b"],
  ["plain", undefined, "plain"],
])("the argument %s", (text, container, path) => {
  expect(parseCopyArgument(text)).toEqual({ path, ...(container && { container }) });
});

test.each([
  ["a/../b", "/here/b"],
  ["a/", "/here/a/"],
  ["a/.", "/here/a/."],
  [".", "/here/."],
  ["/", "/"],
  ["/.", "/."],
])("the path %s is %s", (path, absolute) => {
  expect(absolutePath("/here", path)).toBe(absolute);
});
