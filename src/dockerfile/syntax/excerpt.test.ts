import { expect, test } from "bun:test";
import { excerpt } from "../index.ts";

const text = "FROM a\r\nRUN b\nRUN c \\\n  d\nRUN e\nRUN f";

test("two lines around one, one around several, as far as the file goes", () => {
  expect(excerpt(text, { firstLine: 1, lastLine: 1 }, "Dockerfile")).toBe(
    [
      "Dockerfile:1",
      "--------------------",
      "   1 | >>> FROM a",
      "   2 |     RUN b",
      "   3 |     RUN c \\",
      "--------------------",
    ].join("\n"),
  );
  expect(excerpt(text, { firstLine: 3, lastLine: 4 }, "d/Dockerfile").split("\n")).toEqual([
    "d/Dockerfile:3",
    "--------------------",
    "   2 |     RUN b",
    "   3 | >>> RUN c \\",
    "   4 | >>>   d",
    "   5 |     RUN e",
    "--------------------",
  ]);
});

test("a line without end is cut", () => {
  const lines = excerpt(`FROM a\nRUN ${"b".repeat(1000)}`, { firstLine: 2, lastLine: 2 }, "D");
  expect(lines).toContain(`   2 | >>> RUN ${"b".repeat(196)}…\n`);
});

test("a range past the end is cut, one outside the text gives nothing", () => {
  expect(excerpt(text, { firstLine: 6, lastLine: 99 }, "D")).toContain("   6 | >>> RUN f");
  expect(excerpt(text, { firstLine: 9, lastLine: 9 }, "D")).toBe("");
  expect(excerpt(text, { firstLine: 0, lastLine: 0 }, "D")).toBe("");
});
