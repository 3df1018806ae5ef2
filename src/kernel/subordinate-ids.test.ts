import { expect, test } from "bun:test";
import { freeSubordinateIds } from "./subordinate-ids.ts";

test.each([
  ["nobody has any", [], "100000-165535"],
  ["one has the first", ["a:100000:65536", ""], "165536-231071"],
  [
    "two have the same, for users and groups",
    ["a:100000:65536", "a:100000:65536"],
    "165536-231071",
  ],
  ["in any order", ["b:165536:65536", "a:100000:65536"], "231072-296607"],
  ["a gap is too small", ["a:100000:65536", "b:200000:65536"], "265536-331071"],
  ["a gap is large enough", ["a:100000:65536", "b:231072:65536"], "165536-231071"],
  ["ranges below and within others", ["a:1:5", "b:100000:300000", "c:150000:10"], "400000-465535"],
])("the first free ids when %s", (_, rows, range) => {
  expect(freeSubordinateIds(rows)).toBe(range);
});
