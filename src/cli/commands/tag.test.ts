import { expect, test } from "bun:test";
import { fail } from "#errors";
import { runCommand } from "../testing/run-command.ts";
import tag from "./tag.ts";

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
