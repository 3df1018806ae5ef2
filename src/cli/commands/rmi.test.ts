import { expect, test } from "bun:test";
import { fail } from "#errors";
import type { Removal, RemoveOptions } from "#image";
import { runCommand } from "../testing/run-command.ts";
import rmi from "./rmi.ts";

function remove(...args: string[]) {
  const asked: (RemoveOptions | undefined)[] = [];
  const images = {
    async remove(name: string, options?: RemoveOptions): Promise<Removal[]> {
      asked.push(options);
      if (name === "nope") fail("not-found", "No such image: nope:latest");
      if (name === "used") fail("conflict", "conflict: unable to delete aa (cannot be forced)");
      return [{ untagged: `${name}:latest` }, { deleted: "sha256:aa" }];
    },
  };
  return runCommand(rmi, args, { images }).then((outcome) => ({ ...outcome, asked }));
}

test("goes on after what fails", async () => {
  expect(await remove("a", "nope", "b")).toEqual({
    code: 1,
    stdout: "Untagged: a:latest\nDeleted: sha256:aa\nUntagged: b:latest\nDeleted: sha256:aa\n",
    stderr: "Error: No such image: nope:latest\n",
    asked: [{ force: false }, { force: false }, { force: false }],
  });
});

test("with force, what is not there is no failure", async () => {
  expect(await remove("-f", "nope")).toEqual({
    code: 0,
    stdout: "",
    stderr: "Error: No such image: nope:latest\n",
    asked: [{ force: true }],
  });
});

test("with force, what cannot be removed still is one", async () => {
  const { code, stderr } = await remove("-f", "--no-prune", "used", "nope");
  expect(code).toBe(1);
  expect(stderr.split("\n")).toHaveLength(3);
});
