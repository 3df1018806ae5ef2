import { describe, expect, test } from "bun:test";
import { IgnoreMatcher, parseIgnoreFile } from "../index.ts";

describe("parseIgnoreFile", () => {
  test("cleans every line and drops comments and empty ones", () => {
    const text =
      "\uFEFF# comment\n\n /abs/path/ \r\n  # not a comment\n! /in/./here/../x\n!\n.\na//b/\n/\n";
    expect(parseIgnoreFile(text)).toEqual([
      "abs/path",
      "# not a comment",
      "!in/x",
      "!",
      ".",
      "a/b",
      "/",
    ]);
  });
});

const decisions: [patterns: string[], ignored: string[], kept: string[]][] = [
  [["node_modules"], ["node_modules", "node_modules/a/b"], ["a/node_modules", "node_modules2"]],
  [["**/node_modules"], ["node_modules", "a/b/node_modules/c"], ["a/xnode_modules"]],
  [["*.log"], ["a.log", ".log"], ["d/a.log", "a.logs"]],
  [["**/*.log"], ["a.log", "d/e/a.log"], ["a.logs"]],
  [["dir/*"], ["dir/a", "dir/a/b"], ["dir"]],
  [["dir/**"], ["dir/a", "dir/a/b"], ["dir"]],
  [["dir/**/x"], ["dir/x", "dir/a/b/x", "dir/x/y"], ["dir/xx", "dir/a"]],
  [["**"], ["a", "a/b"], []],
  [["**/a/**"], ["a/b", "x/a/b"], ["a", "x/a", "xa/b"]],
  [["a**b"], ["ab", "a/b", "axx/b", "a/x/b"], ["axb"]],
  [["*a**b"], ["aab", "xa/b", "aa/x/b"], ["b"]],
  [["a?c"], ["abc", "a☃c", "a😀c"], ["ac", "a/c"]],
  [["[a-c]x"], ["ax", "cx"], ["dx", "[a-c]x"]],
  [["[^a-c]x"], ["dx"], ["ax"]],
  [["a\\*b"], ["a*b"], ["axb"]],
  [["a.(b)+{c}|$"], ["a.(b)+{c}|$"], ["aX(b)+{c}|$"]],
  [["*", "!README.md"], ["a", "a/README.md"], ["README.md"]],
  [["*.md", "!README*.md", "README-secret.md"], ["a.md", "README-secret.md"], ["README.md"]],
  [["docs", "!docs/README.md"], ["docs", "docs/a"], ["docs/README.md"]],
  [["docs", "!docs/keep", "docs/keep/not"], ["docs/keep/not/x"], ["docs/keep", "docs/keep/x"]],
  [["!a", "a"], ["a", "a/b"], []],
  [["a/b", "!a"], ["a/b"], ["a", "a/c"]],
  [["./a//b/"], ["a/b"], ["a"]],
  [[" a "], ["a"], ["b"]],
  [[".", ".."], [], ["a", "."]],
];

describe("IgnoreMatcher", () => {
  for (const [patterns, ignored, kept] of decisions)
    test(patterns.join(" "), () => {
      const matcher = new IgnoreMatcher(patterns);
      expect(ignored.filter((path) => !matcher.ignores(path))).toEqual([]);
      expect(kept.filter((path) => matcher.ignores(path))).toEqual([]);
    });

  test("never leaves out the context itself", () => {
    const matcher = new IgnoreMatcher(["**"]);
    expect([matcher.ignores("."), matcher.ignores("")]).toEqual([false, false]);
  });

  test("bad patterns are refused", () => {
    for (const pattern of ["[", "a[", "[]a]", "[-]", "[x-]", "a\\", "[b-a]"])
      expect(() => new IgnoreMatcher([pattern])).toThrow("syntax error in pattern");
    expect(() => new IgnoreMatcher(["!"])).toThrow('illegal exclusion pattern: "!"');
  });

  test("a walker that hands states down gets the same answers", () => {
    const matcher = new IgnoreMatcher(["**", "!src/**/*.ts", "src/*.ts"]);
    const src = matcher.state("src");
    const deep = matcher.state("src/deep", src);
    expect([src.ignored, deep.ignored]).toEqual([true, true]);
    expect(matcher.state("src/deep/a.ts", deep).ignored).toBe(false);
    expect(matcher.state("src/a.ts", src).ignored).toBe(true);
    expect([matcher.ignores("src/deep/a.ts"), matcher.ignores("src/a.ts")]).toEqual([false, true]);
  });

  test("as in BuildKit, a directory that is out is not asked about by further patterns", () => {
    const matcher = new IgnoreMatcher(["**", "!src/**/*.ts", "src/test"]);
    expect(matcher.ignores("src/test/a.ts")).toBe(false);
  });

  const prunings: [patterns: string[], directory: string, prunable: boolean][] = [
    [["a"], "a", true],
    [["a"], "b", false],
    [["a", "!b"], "a", true],
    [["a", "!a/b"], "a", false],
    [["a", "!a/b"], "a/c", true],
    [["a", "!a/b/c"], "a/b", false],
    [["!a/b", "a"], "a", true],
    [["a", "!**/keep"], "a/x", false],
    [["a", "!x/**/keep"], "a", true],
    [["a", "!*/keep"], "a", false],
    [["a", "!*/keep"], "a/b", true],
    [["a", "!a/k*/x"], "a/keep", false],
    [["a", "!a/k*/x"], "a/other", true],
    [["a", "!a/**"], "a", false],
    [["a", "!a/b", "a/b/c"], "a/b/c", true],
  ];
  for (const [patterns, directory, prunable] of prunings)
    test(`${patterns.join(" ")}: ${directory} can ${prunable ? "" : "not "}be pruned`, () => {
      expect(new IgnoreMatcher(patterns).canPrune(directory)).toBe(prunable);
    });

  test("patterns and paths that make a backtracking matcher hang", () => {
    const matcher = new IgnoreMatcher([`${"*a".repeat(50)}b`, `${"**/a/".repeat(50)}b`]);
    expect(matcher.ignores("a".repeat(4000))).toBe(false);
    expect(matcher.ignores(`${"a/".repeat(500)}c`)).toBe(false);
  });
});
