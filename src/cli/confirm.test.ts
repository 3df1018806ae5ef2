import { expect, test } from "bun:test";
import { chunksOf } from "#bytes";
import { confirm } from "./confirm.ts";

test.each([
  ["y\n", true],
  ["Y\r\n", true],
  ["  y  ", true],
  ["yes\n", false],
  ["n\ny\n", false],
  ["\ny\n", false],
  ["", false],
])("%j", async (answer, expected) => {
  let asked = "";
  const output = {
    isTerminal: false,
    columns: 80,
    rows: 24,
    write: (text: string | Uint8Array) => (asked += text),
  };
  const input = chunksOf(Buffer.from(answer.slice(0, 1)), Buffer.from(answer.slice(1)));
  expect(await confirm(output, "Sure?", input)).toBe(expected);
  expect(asked).toBe("Sure? [y/N] ");
});
