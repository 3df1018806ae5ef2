import { expect, test } from "bun:test";
import { parseDetachKeys } from "#container";
import { untilDetached } from "./detach-keys.ts";

/** What is passed on of the chunks, and whether they detach. */
async function pass(keys: string, ...chunks: string[]): Promise<[string, boolean]> {
  let detached = false;
  const typed = (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  })();
  let text = "";
  for await (const bytes of untilDetached(typed, parseDetachKeys(keys), () => (detached = true)))
    text += Buffer.from(bytes).toString();
  return [text, detached];
}

test("Ctrl-P Ctrl-Q ends the input, wherever the chunks are cut", async () => {
  expect(await pass("", "ls\n\x10\x11rest")).toEqual(["ls\n", true]);
  expect(await pass("", "a\x10", "\x11")).toEqual(["a", true]);
  expect(await pass("", "a\x10\x10", "\x11")).toEqual(["a\x10", true]);
});

test("everything else goes through", async () => {
  expect(await pass("", "\x10", "p\x11")).toEqual(["\x10p\x11", false]);
  expect(await pass("", "end\x10")).toEqual(["end\x10", false]);
});

test("other keys can be chosen", async () => {
  expect(await pass("ctrl-a,x,ctrl-]", "\x01y\x01x", "\x1d!")).toEqual(["\x01y", true]);
  expect(await pass("q", "\x10\x11quit")).toEqual(["\x10\x11", true]);
});

test("what is no key is refused in Docker's words", () => {
  for (const keys of ["foo", "ctrl-,a", "ctrl-1", "ctrl-", "a,", "ctrl-A", "é"])
    expect(() => parseDetachKeys(keys)).toThrow(`Invalid escape keys (${keys}) provided`);
});
