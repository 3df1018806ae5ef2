import { expect, test } from "bun:test";
import type { Access } from "./authorizer.ts";
import { createAuthorizer } from "./create-authorizer.ts";
import { parseHtpasswd } from "./htpasswd.ts";
import { issuedTokens, TOKEN_PATH } from "./issued-tokens.ts";
import { passwordAuthenticator } from "./password-authenticator.ts";
import { parseRules } from "./rules.ts";

const text = `alice:${await Bun.password.hash("secret", { algorithm: "bcrypt", cost: 4 })}\n`;
const passwords = parseHtpasswd(text, "users");
const ping: Access = { action: "pull" };
const pull: Access = { action: "pull", repository: "team/app" };
const push: Access = { action: "push", repository: "team/app" };

function requestBy(authorization?: string, url = "http://registry.test:5000/v2/"): Request {
  return new Request(url, authorization ? { headers: { authorization } } : {});
}

const basic = (user: string, password: string) => `Basic ${btoa(`${user}:${password}`)}`;
const alice = requestBy(basic("alice", "secret"));
const challenge = 'Basic realm="shale registry"';

test("without anybody who could sign in, the rules decide alone and nobody is challenged", async () => {
  const open = createAuthorizer({ rules: parseRules("@everyone pull **", "rules") });
  expect(await open.authorize(requestBy(), ping)).toEqual({ allowed: true });
  expect(await open.authorize(requestBy(), pull)).toEqual({ allowed: true });
  const reason = "requested access to the resource is denied";
  expect(await open.authorize(requestBy(), push)).toEqual({ allowed: false, reason });
});

test("a password is asked for, and lets its owner do everything", async () => {
  const authorizer = createAuthorizer({ authenticator: passwordAuthenticator({ passwords }) });
  for (const access of [ping, pull, push]) {
    expect(await authorizer.authorize(alice, access)).toEqual({ allowed: true, user: "alice" });
    const reason = "authentication required";
    expect(await authorizer.authorize(requestBy(), access)).toEqual({
      allowed: false,
      challenge,
      reason,
    });
  }
});

test.each([
  basic("alice", "wrong"),
  basic("bob", "secret"),
  `Basic ${btoa("alice")}`,
  "Basic !!!",
  "Basic",
  "Bearer abc",
  "Negotiate abc",
])("a proof that is none is refused, even where nobody needs one: %s", async (authorization) => {
  const authenticator = passwordAuthenticator({ passwords });
  const authorizer = createAuthorizer({ authenticator, anonymousRead: true });
  const decision = await authorizer.authorize(requestBy(authorization), pull);
  expect(decision).toMatchObject({ allowed: false, challenge });
});

test("everybody may read where that is said; the ping still asks to sign in", async () => {
  const authenticator = passwordAuthenticator({ passwords });
  const authorizer = createAuthorizer({ authenticator, anonymousRead: true });
  const allowed = async (access: Access) =>
    (await authorizer.authorize(requestBy(), access)).allowed;
  expect(await allowed(pull)).toBe(true);
  expect(await allowed({ action: "catalog" })).toBe(true);
  expect(await allowed(push)).toBe(false);
  expect(await allowed({ action: "delete", repository: "team/app" })).toBe(false);
  expect(await allowed(ping)).toBe(false);
});

test("what the rules do not allow is denied to who has signed in, and a question to who has not", async () => {
  const rules = parseRules("alice pull team/**", "rules");
  const authorizer = createAuthorizer({
    authenticator: passwordAuthenticator({ passwords }),
    rules,
  });
  expect(await authorizer.authorize(alice, ping)).toEqual({ allowed: true, user: "alice" });
  expect(await authorizer.authorize(alice, pull)).toEqual({ allowed: true, user: "alice" });
  const reason = "requested access to the resource is denied";
  expect(await authorizer.authorize(alice, push)).toEqual({ allowed: false, reason });
  expect(await authorizer.authorize(requestBy(), pull)).toMatchObject({ challenge });
});

test("tokens of our own: for who has no password to pull, for who has one to push", async () => {
  let time = 0;
  const tokens = issuedTokens(text, () => time);
  const authenticator = passwordAuthenticator({ passwords, tokens });
  const authorizer = createAuthorizer({ authenticator, anonymousRead: true });
  expect(await authorizer.authorize(requestBy(), ping)).toMatchObject({
    challenge: `Bearer realm="http://registry.test:5000${TOKEN_PATH}",service="registry.test:5000"`,
  });
  const bearer = async (authorization?: string) => {
    const response = await authenticator.tokens!(requestBy(authorization));
    expect(response.status).toBe(200);
    return requestBy(`Bearer ${((await response.json()) as { token: string }).token}`);
  };
  const nobody = await bearer();
  expect(await authorizer.authorize(nobody, ping)).toEqual({ allowed: true });
  expect(await authorizer.authorize(nobody, pull)).toEqual({ allowed: true });
  expect(await authorizer.authorize(nobody, push)).toMatchObject({
    allowed: false,
    challenge: expect.stringContaining(
      'scope="repository:team/app:pull,push",error="insufficient_scope"',
    ),
  });
  const holder = await bearer(basic("alice", "secret"));
  expect(await authorizer.authorize(holder, push)).toEqual({ allowed: true, user: "alice" });
  time = 301_000;
  expect(await authorizer.authorize(holder, push)).toMatchObject({ allowed: false });
  expect((await authenticator.tokens!(requestBy(basic("alice", "wrong")))).status).toBe(401);
});

test("a token of ours that was altered, or whose owner is gone, is none", async () => {
  const tokens = issuedTokens(text);
  const { token } = (await tokens.issue({ kind: "user", user: "alice" }).json()) as {
    token: string;
  };
  const [body = "", signature = ""] = token.split(".");
  const other = Buffer.from(JSON.stringify({ user: "root", until: 9e9 })).toString("base64url");
  for (const forged of [`${other}.${signature}`, `${body}.`, body, `.${signature}`, "", "."])
    expect(tokens.verify(forged)).toBeUndefined();
  expect(issuedTokens("other").verify(token)).toBeUndefined();
  const authorizer = createAuthorizer({
    authenticator: passwordAuthenticator({ passwords: parseHtpasswd("", "users"), tokens }),
  });
  expect(await authorizer.authorize(requestBy(`Bearer ${token}`), pull)).toMatchObject({
    allowed: false,
  });
});
