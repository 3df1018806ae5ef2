import { describe, expect, test } from "bun:test";
import { kindOf } from "#errors";
import { hasGlob, matchGlob } from "../index.ts";

const matches: [pattern: string, yes: string[], no: string[]][] = [
  ["abc", ["abc"], ["ab", "abcd"]],
  ["*", ["", "abc"], ["a/b"]],
  ["a*/b", ["abc/b", "a/b"], ["a/c/b"]],
  ["*.ts", ["a.ts", ".ts"], ["a.tsx", "d/a.ts"]],
  ["a*b?c*x", ["abxbbxdbxebxczzx"], ["abxbbxdbxebxczzy"]],
  ["a?b", ["a☺b", "a😀b"], ["ab", "a/b"]],
  ["[a-c]", ["a", "c"], ["d", "-", ""]],
  ["[^a-c]", ["d", "☺"], ["b"]],
  ["[\\]\\-x]", ["]", "-", "x"], ["\\"]],
  ["a\\*b\\\\", ["a*b\\"], ["axb\\"]],
  ["*a*a*a*", ["aaa", "xaxaxa"], ["aa"]],
];

describe("matchGlob", () => {
  for (const [pattern, yes, no] of matches)
    test(pattern, () => {
      expect(yes.filter((path) => !matchGlob(pattern, path))).toEqual([]);
      expect(no.filter((path) => matchGlob(pattern, path))).toEqual([]);
    });

  for (const pattern of ["[", "[^", "[]a]", "[-x]", "[x-]", "[a-b-c]", "[^bc", "a[", "\\"])
    test(`${pattern} is malformed, whatever the path`, () => {
      let kind = "none";
      try {
        matchGlob(pattern, "zz");
      } catch (error) {
        kind = kindOf(error);
      }
      expect(kind).toBe("invalid-argument");
    });

  test("a long path and many stars take no time", () => {
    expect(matchGlob(`${"*a".repeat(100)}b`, "a".repeat(100_000))).toBe(false);
  });
});

test("hasGlob looks past escapes", () => {
  expect(["a*", "a?", "[a", "\\\\*"].map(hasGlob)).toEqual([true, true, true, true]);
  expect(["a", "a\\*b", "\\[a]", "a]"].map(hasGlob)).toEqual([false, false, false, false]);
});
