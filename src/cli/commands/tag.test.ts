import { expect, test } from "bun:test";
import { fail } from "#errors";
import { runCommand } from "../testing/run-command.ts";
import tag from "./tag.ts";

test("says which name is wrong", async () => {
  const images = { tag: async () => {} };
  const wrong = (name: string, reason: string) => ({
    code: 1,
    stdout: "",
    stderr: `Error parsing reference: "${name}" is not a valid repository/tag: ${reason}\n`,
  });
  const reason = "invalid reference format: repository name (library/BAD) must be lowercase";
  expect(await runCommand(tag, ["a", "BAD:x"], { images })).toEqual(wrong("BAD:x", reason));
  expect(await runCommand(tag, ["", "a"], { images })).toEqual(
    wrong("", "invalid reference format"),
  );
  expect(await runCommand(tag, ["a".repeat(64), "b"], { images })).toMatchObject({ code: 0 });
});

test("names the source and the target, and says nothing", async () => {
  const asked: string[][] = [];
  const images = {
    tag: async (...names: [string, string]) => {
      asked.push(names);
      if (names[0] === "nope") fail("not-found", "No such image: nope:latest");
    },
  };
  expect(await runCommand(tag, ["a", "b:1"], { images })).toEqual({
    code: 0,
    stdout: "",
    stderr: "",
  });
  expect(await runCommand(tag, ["nope", "b"], { images })).toEqual({
    code: 1,
    stdout: "",
    stderr: "Error: No such image: nope:latest\n",
  });
  expect(asked).toEqual([
    ["a", "b:1"],
    ["nope", "b"],
  ]);
});
