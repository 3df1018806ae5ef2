import { expect, test } from "bun:test";
import { fail } from "#errors";
import type { Credential } from "#remote";
import { runCommand, type Surroundings } from "../testing/run-command.ts";
import login from "./login.ts";

const BOB = password("bob", "s3cret");
const AGAIN = `\
Authenticating with existing credentials... [Username: bob]

 Info -> To login with a different account, run 'shale logout' followed by 'shale login'


`;
const UNENCRYPTED = `
WARNING! Your credentials are stored unencrypted in '/home/u/.docker/config.json'.
Configure a credential helper to remove this warning. See
https://docs.docker.com/go/credential-store/

`;
const ON_COMMAND_LINE =
  "WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n";
const NO_TERMINAL = "Error: Cannot perform an interactive login from a non TTY device\n";

function password(username: string, password: string): Credential {
  return { kind: "password", username, password };
}

/** A registry that lets in bob by his password and a file that keeps credentials. */
function world(given: Surroundings & { stored?: Credential; identityToken?: string } = {}) {
  const kept = new Map<string, Credential>();
  if (given.stored) kept.set("r.io", given.stored);
  const surroundings: Surroundings = {
    ...given,
    remote: {
      async login(registry, credential) {
        const isBob = credential.kind === "password" && credential.password === "s3cret";
        if (!isBob) fail("unauthenticated", `login attempt to https://${registry}/v2/ failed`);
        return given.identityToken ? { identityToken: given.identityToken } : {};
      },
    },
    credentials: {
      find: async (registry) => kept.get(registry),
      async store(registry, credential) {
        const changed = !Bun.deepEquals(kept.get(registry), credential);
        kept.set(registry, credential);
        return { place: "/home/u/.docker/config.json", isPlainText: true, changed };
      },
      ...given.credentials,
    },
  };
  return { kept, run: (...args: string[]) => runCommand(login, args, surroundings) };
}

test("a password from standard input", async () => {
  const { kept, run } = world({ input: "s3cret\r\n" });
  expect(await run("-u", " bob ", "--password-stdin", "https://R.io/v1/")).toEqual({
    code: 0,
    stdout: "Login Succeeded\n",
    stderr: UNENCRYPTED,
  });
  expect([...kept]).toEqual([["r.io", BOB]]);
});

test("a password on the command line is warned of", async () => {
  const { run, kept } = world();
  expect((await run("-u", "bob", "-p", "s3cret")).stderr).toBe(ON_COMMAND_LINE + UNENCRYPTED);
  expect([...kept.keys()]).toEqual(["docker.io"]);
  expect((await run("-u", "bob", "-p", "s3cret")).stderr).toBe(ON_COMMAND_LINE);
});

test("what the registry refuses is not kept", async () => {
  const { run, kept } = world();
  expect(await run("-u", "bob", "-p", "wrong", "r.io")).toEqual({
    code: 1,
    stdout: "",
    stderr: `${ON_COMMAND_LINE}Error: login attempt to https://r.io/v2/ failed\n`,
  });
  expect(kept.size).toBe(0);
});

test("a token that the registry gives is kept in place of the password", async () => {
  const { run, kept } = world({ input: "s3cret", identityToken: "t" });
  await run("-u", "bob", "--password-stdin", "r.io");
  expect(kept.get("r.io")).toEqual({ kind: "identity-token", token: "t" });
});

test("without a name, by what is kept", async () => {
  expect(await world({ stored: BOB }).run("r.io")).toEqual({
    code: 0,
    stdout: "Login Succeeded\n",
    stderr: AGAIN,
  });
  const refused = "Login did not succeed, error: login attempt to https://r.io/v2/ failed\n";
  expect(await world({ stored: password("bob", "old") }).run("r.io")).toEqual({
    code: 1,
    stdout: "",
    stderr: AGAIN + refused + NO_TERMINAL,
  });
});

test("asks on a terminal for what is missing", async () => {
  const typed = world({ isTerminal: true, input: "bob\ns3cret\n" });
  expect(await typed.run("r.io")).toEqual({
    code: 0,
    stdout: "Username: Password: \nLogin Succeeded\n",
    stderr: UNENCRYPTED,
  });
  expect(typed.kept.get("r.io")).toEqual(BOB);
  const old = world({ isTerminal: true, input: "\ns3cret\n", stored: password("bob", "old") });
  expect((await old.run("r.io")).stdout).toBe("Username (bob): Password: \nLogin Succeeded\n");
  expect(old.kept.get("r.io")).toEqual(BOB);
  const named = world({ isTerminal: true, input: "s3cret" });
  expect((await named.run("-u", "bob", "r.io")).stdout).toBe("Password: \nLogin Succeeded\n");
});

test.each([
  ["", "Username: ", "Error: Non-null Username Required\n"],
  ["bob\n", "Username: Password: \n", "Error: Password Required\n"],
])("%j typed is not enough", async (input, stdout, stderr) => {
  expect(await world({ isTerminal: true, input }).run("r.io")).toEqual({ code: 1, stdout, stderr });
});

test.each([
  [
    ["-p", "x", "--password-stdin"],
    "conflicting options: cannot specify both --password and --password-stdin\n",
  ],
  [["--password-stdin"], "the --password-stdin option requires --username to be set\n"],
  [["-u", "", "-p", "x"], "username is empty\n"],
  [["-u", "bob", "-p", ""], "password is empty\n"],
  [["-u", "bob"], NO_TERMINAL],
  [["-p", "x"], ON_COMMAND_LINE + NO_TERMINAL],
  [["-u", "bob", "--password-stdin"], NO_TERMINAL],
  [["a b"], 'Error: "a b" is no registry\n'],
])("%j is refused", async (args, stderr) => {
  expect(await world().run(...args)).toEqual({ code: 1, stdout: "", stderr });
});

test("says what keeps a credential from being stored", async () => {
  const store = () => fail("failed-precondition", "docker-credential-x not found: install it");
  const { run } = world({ input: "s3cret", credentials: { store } });
  expect(await run("-u", "bob", "--password-stdin")).toEqual({
    code: 1,
    stdout: "",
    stderr: "Error saving credentials: docker-credential-x not found: install it\n",
  });
});
