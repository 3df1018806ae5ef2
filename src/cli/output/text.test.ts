import { describe, expect, test } from "bun:test";
import { alignTabs, clipLine, displayWidth, ellipsis, printable, truncateId } from "./index.ts";

test.each([
  ["abc", 3, "abc"],
  ["abcd", 3, "ab…"],
  ["abcd", 1, "a"],
  ["abcd", 0, ""],
  ["", 5, ""],
  ["世界和平", 8, "世界和平"],
  ["世界和平", 7, "世界和…"],
  ["世界和平", 6, "世界…"],
  ["e\u0301te\u0301", 3, "e\u0301te\u0301"],
])("ellipsis(%p, %p) is %p", (text, width, expected) => {
  expect(ellipsis(text, width)).toBe(expected);
});

test("truncateId takes twelve digits after the algorithm", () => {
  const digits = "4fb766677b37b94227631278d3ac2976fe8e9a702d6ac66505a073181629f71b";
  expect(truncateId(`sha256:${digits}`)).toBe("4fb766677b37");
  expect(truncateId(digits)).toBe("4fb766677b37");
  expect(truncateId("short")).toBe("short");
});

describe("alignTabs", () => {
  test.each([
    ["a\tb\n", "a         b\n"],
    [
      "IMAGE ID\tREPOSITORY\n4fb766677b37\tdemo\n",
      "IMAGE ID       REPOSITORY\n4fb766677b37   demo\n",
    ],
    ["a\t\tc\n", "a                   c\n"],
    ["a\tb\t\n", "a         b         \n"],
    ["no cells\nat all\n", "no cells\nat all\n"],
    ["", ""],
    ["long cell here\tx\nplain\na\tb\n", "long cell here   x\nplain\na         b\n"],
    ["世界世界\tx\nab\ty\n", "世界世界   x\nab         y\n"],
  ])("%p", (text, expected) => {
    expect(alignTabs(text)).toBe(expected);
  });

  test("with other widths", () => {
    expect(alignTabs("a\tb\nccc\td\n", { minWidth: 0, padding: 1 })).toBe("a   b\nccc d\n");
  });
});

describe("clipLine", () => {
  test.each([
    ["plain text", 5, "plain"],
    ["fits", 4, "fits"],
    ["世界", 3, "世"],
    ["a\tb\x07c\rd", 10, "a b c d"],
    ["\x1b[31mred\x1b[0m tail", 5, "\x1b[31mred\x1b[0m t\x1b[0m"],
    ["\x1b[1mbold", 2, "\x1b[1mbo\x1b[0m"],
    ["x\x1b[2J", 9, "x [2J"],
  ])("%p in %p columns", (line, width, expected) => {
    expect(clipLine(line, width)).toBe(expected);
    expect(displayWidth(clipLine(line, width))).toBeLessThanOrEqual(width);
  });
});

test("printable shows control characters instead of sending them", () => {
  expect(printable("a\x1b[2Jb\u009bc\td\n\x7f")).toBe("a\\x1b[2Jb\\x9bc\td\n\\x7f");
});
