import { expect, test } from "bun:test";
import { chunksOf } from "#bytes";
import { untilDetached } from "./detach-keys.ts";

async function typed(...chunks: string[]) {
  let detached = false;
  let text = "";
  const bytes = chunksOf(...chunks.map((chunk) => Buffer.from(chunk)));
  for await (const chunk of untilDetached(bytes, () => (detached = true)))
    text += Buffer.from(chunk).toString();
  return { text, detached };
}

test.each([
  [["ls\r"], "ls\r", false],
  [["a\x10\x11b"], "a", true],
  [["a\x10", "\x11", "b"], "a", true],
  [["\x10", "x\x10", "\x10", "y"], "\x10x\x10\x10y", false],
  [["x\x11\x10"], "x\x11\x10", false],
])("%j", async (chunks, text, detached) => {
  expect(await typed(...chunks)).toEqual({ text, detached });
});
