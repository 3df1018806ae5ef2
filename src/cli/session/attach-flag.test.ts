import { expect, test } from "bun:test";
import { attachedStreams, attachFlag } from "./attach-flag.ts";

test("output is attached unless something else is said, and input with -i", () => {
  expect([...attachedStreams(undefined, false)]).toEqual(["stdout", "stderr"]);
  expect([...attachedStreams(undefined, true)]).toEqual(["stdout", "stderr", "stdin"]);
  expect([...attachedStreams(["stderr"], true)]).toEqual(["stderr", "stdin"]);
});

test("there are three streams", () => {
  expect(attachFlag.parse("STDERR", attachFlag.parse("stdin"))).toEqual(["stdin", "stderr"]);
  expect(() => attachFlag.parse("log")).toThrow("valid streams are STDIN, STDOUT and STDERR");
});
