import { expect, test } from "bun:test";
import { fail } from "#errors";
import type { Credential } from "#remote";
import { runCommand } from "../testing/run-command.ts";
import logout from "./logout.ts";

function run(args: string[], left?: Credential) {
  const erased: string[] = [];
  const credentials = {
    find: async () => left,
    erase: async (registry: string) => erased.push(registry) > 0,
  };
  return { erased, outcome: runCommand(logout, args, { credentials }) };
}

test.each([
  [[], "docker.io", "https://index.docker.io/v1/"],
  [["index.docker.io"], "docker.io", "https://index.docker.io/v1/"],
  [["https://localhost:5000/v1/"], "localhost:5000", "localhost:5000"],
])("%j", async (args, registry, shown) => {
  const { erased, outcome } = run(args);
  const stdout = `Removing login credentials for ${shown}\n`;
  expect(await outcome).toEqual({ code: 0, stdout, stderr: "" });
  expect(erased).toEqual([registry]);
});

test("says so when one is left where it is not ours to remove", async () => {
  const { outcome } = run(["r.io"], { kind: "identity-token", token: "t" });
  expect(await outcome).toEqual({
    code: 0,
    stdout: "Removing login credentials for r.io\n",
    stderr: "WARNING: a file that is only read here still has credentials for r.io\n",
  });
});

test("fails when nothing could be erased", async () => {
  const erase = () => fail("failed-precondition", "docker-credential-x erase: locked");
  expect(await runCommand(logout, ["r.io"], { credentials: { erase } })).toEqual({
    code: 1,
    stdout: "Removing login credentials for r.io\n",
    stderr: "WARNING: could not erase credentials:\nr.io: docker-credential-x erase: locked\n",
  });
});
