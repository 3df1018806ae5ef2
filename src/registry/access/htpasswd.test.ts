import { expect, test } from "bun:test";
import { parseHtpasswd } from "./htpasswd.ts";

const hashOf = (password: string) => Bun.password.hash(password, { algorithm: "bcrypt", cost: 4 });

test("the three ways to write bcrypt's hashes are one", async () => {
  const hash = await hashOf("secret");
  const lines = ["2y", "2a", "2b"].map((kind) => `${kind}:${hash.replace(/^\$2.\$/, `$${kind}$`)}`);
  const file = parseHtpasswd(`# users\n\n${lines.join("\r\n")}\n`, "users");
  expect(file.users).toEqual(["2y", "2a", "2b"]);
  for (const user of file.users) {
    expect(await file.verify(user, "secret")).toBe(true);
    expect(await file.verify(user, "Secret")).toBe(false);
  }
});

test("nobody gets in by a name that is not there, an empty password or a NUL", async () => {
  const file = parseHtpasswd(`alice:${await hashOf("secret")}\n`, "users");
  expect(await file.verify("bob", "secret")).toBe(false);
  expect(await file.verify("alice", "")).toBe(false);
  expect(await file.verify("alice", "secret\0more")).toBe(false);
  expect(await parseHtpasswd("", "users").verify("alice", "secret")).toBe(false);
});

test("of a long password the first 72 bytes count, as with every bcrypt", async () => {
  const file = parseHtpasswd(`alice:${await hashOf("x".repeat(72))}`, "users");
  expect(await file.verify("alice", `${"x".repeat(72)}rest`)).toBe(true);
  expect(await file.verify("alice", "x".repeat(71))).toBe(false);
});

test.each([
  [
    "alice:{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
    /^users: line 2: the password of "alice" is not hashed/,
  ],
  ["alice:$apr1$x$y", /htpasswd -B/],
  ["alice:$2y$32$.....................................................", /bcrypt/],
  ["alice", /line 2: not of the form USER:HASH/],
  [":$2y$05$.....................................................", /USER:HASH/],
])("a line that cannot be used is named: %s", (line, message) => {
  expect(() => parseHtpasswd(`# comment\n${line}\n`, "users")).toThrow(message);
});

test("a user is there once", async () => {
  const line = `alice:${await hashOf("a")}`;
  expect(() => parseHtpasswd(`${line}\n${line}`, "users")).toThrow(
    'line 2: the user "alice" is there twice',
  );
});
