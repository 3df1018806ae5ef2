import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openAccess } from "./open-access.ts";

const directory = mkdtempSync(join(tmpdir(), "shale-access-"));
afterAll(() => rmSync(directory, { recursive: true }));

const file = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
};
const hashOf = (password: string) =>
  Bun.password.hashSync(password, { algorithm: "bcrypt", cost: 4 });
const by = (user: string, password: string) =>
  new Request("http://r/v2/", {
    headers: { authorization: `Basic ${btoa(`${user}:${password}`)}` },
  });
const push = { action: "push", repository: "app" } as const;

test("users and rules change when the files are read anew; what makes no sense changes nothing", async () => {
  const htpasswd = file("users", `alice:${hashOf("old")}\n`);
  const rules = file("rules", "alice all **\n");
  const access = await openAccess({ htpasswd, rules });
  const allowed = async (user: string, password: string) =>
    (await access.authorize(by(user, password), push)).allowed;
  expect(await allowed("alice", "old")).toBe(true);
  file("users", `alice:${hashOf("new")}\nbob:${hashOf("b")}\n`);
  file("rules", "@users all **\n");
  expect(await allowed("bob", "b")).toBe(false);
  await access.reload();
  expect(await allowed("alice", "old")).toBe(false);
  expect(await allowed("alice", "new")).toBe(true);
  expect(await allowed("bob", "b")).toBe(true);
  file("users", "bob:plain\n");
  await expect(access.reload()).rejects.toThrow("users: line 1: the password of");
  expect(await allowed("bob", "b")).toBe(true);
});

test("tokens are given out only where somebody may do something without a password", async () => {
  const htpasswd = file("users", `alice:${hashOf("a")}\n`);
  const request = new Request("http://r/v2/token");
  expect((await openAccess({ htpasswd })).tokens(request)).toBeUndefined();
  const reading = await openAccess({ htpasswd, anonymousRead: true });
  expect((await reading.tokens(request))?.status).toBe(200);
  const ruled = await openAccess({ htpasswd, rules: file("rules", "@everyone pull **") });
  expect((await ruled.tokens(request))?.status).toBe(200);
});

test("a file that is not there is named", async () => {
  const missing = join(directory, "missing");
  await expect(openAccess({ htpasswd: missing })).rejects.toThrow(
    `open ${missing}: no such file or directory`,
  );
  const token = { realm: "https://a/", service: "s", issuer: "i", jwks: missing };
  await expect(openAccess({ token })).rejects.toThrow("no such file");
});
