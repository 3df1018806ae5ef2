import { afterAll, expect, test } from "bun:test";
import { exportJWK, exportSPKI, generateKeyPair, type JSONWebKeySet, SignJWT } from "jose";
import type { Access } from "./authorizer.ts";
import { createAuthorizer } from "./create-authorizer.ts";
import { keySet, parseKeySet } from "./key-set.ts";
import { loadKeys } from "./load-keys.ts";
import { tokenAuthenticator } from "./token-authenticator.ts";

const first = await generateKeyPair("ES256", { extractable: true });
const second = await generateKeyPair("ES256", { extractable: true });
const keyOf = async (pair: typeof first, kid: string) => ({
  ...(await exportJWK(pair.publicKey)),
  ...{ kid, alg: "ES256", use: "sig" },
});
const published: JSONWebKeySet = { keys: [await keyOf(first, "one")] };

const issuer = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: ({ url }) =>
    url.endsWith("/keys") ? Response.json(published) : new Response("x".repeat(2_000_000)),
});
afterAll(() => issuer.stop(true));

let time = 0;
let loads = 0;
const keys = keySet(
  () => {
    loads++;
    return loadKeys(new URL("/keys", issuer.url));
  },
  () => time,
);
const names = { realm: "https://auth.test/token", service: "registry.test", issuer: "auth.test" };
const authorizer = createAuthorizer({ authenticator: tokenAuthenticator({ ...names, keys }) });

const pull: Access = { action: "pull", repository: "team/app" };
const push: Access = { action: "push", repository: "team/app" };
const granted = [{ type: "repository", name: "team/app", actions: ["pull"] }];

function tokenOf(claims: Record<string, unknown> = {}, { kid = "one", pair = first } = {}) {
  const now = Math.floor(Date.now() / 1000);
  const standard = { iss: "auth.test", aud: "registry.test", sub: "alice", exp: now + 60 };
  return new SignJWT({ ...standard, access: granted, ...claims })
    .setProtectedHeader({ alg: "ES256", kid })
    .sign(pair.privateKey);
}

function decide(token: string | undefined, access: Access) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return authorizer.authorize(new Request("http://registry.test/v2/", { headers }), access);
}

test("without a token, the challenge says where to get one and for what", async () => {
  const place = 'Bearer realm="https://auth.test/token",service="registry.test"';
  expect(await decide(undefined, { action: "pull" })).toMatchObject({ challenge: place });
  expect(await decide(undefined, push)).toMatchObject({
    challenge: `${place},scope="repository:team/app:pull,push"`,
  });
  expect(await decide(undefined, { action: "catalog" })).toMatchObject({
    challenge: `${place},scope="registry:catalog:*"`,
  });
});

test("a token allows what its access claim says", async () => {
  const token = await tokenOf();
  expect(await decide(token, { action: "pull" })).toEqual({ allowed: true, user: "alice" });
  expect(await decide(token, pull)).toEqual({ allowed: true, user: "alice" });
  const scope = 'scope="repository:team/app:pull,push",error="insufficient_scope"';
  expect(await decide(token, push)).toMatchObject({ challenge: expect.stringContaining(scope) });
  expect(await decide(token, { ...pull, repository: "team/app2" })).toMatchObject({
    allowed: false,
  });
  expect(await decide(token, { action: "catalog" })).toMatchObject({ allowed: false });
  const all = [
    { type: "registry", name: "catalog", actions: ["*"] },
    { type: "repository", name: "team/app", actions: ["*"] },
  ];
  const mighty = await tokenOf({ access: all });
  for (const access of [
    pull,
    push,
    { ...pull, action: "delete" },
    { action: "catalog" },
  ] as Access[])
    expect(await decide(mighty, access)).toMatchObject({ allowed: true });
});

test.each([
  ["another issuer", { iss: "evil.test" }],
  ["another service", { aud: "other.test" }],
  ["the past", { exp: 1 }],
  ["the future", { nbf: 9e9 }],
  ["no end", { exp: undefined }],
])("a token of %s is refused", async (_, claims) => {
  expect(await decide(await tokenOf(claims), pull)).toMatchObject({
    allowed: false,
    challenge: expect.stringContaining('error="invalid_token"'),
  });
});

test.each([
  ["no list", "pull"],
  ["nothing", undefined],
  ["null", [null]],
  ["no actions", [{ type: "repository", name: "team/app" }]],
  ["text for actions", [{ type: "repository", name: "team/app", actions: "pull" }]],
])("an access claim that is %s allows nothing", async (_, access) => {
  expect(await decide(await tokenOf({ access }), pull)).toMatchObject({ allowed: false });
});

test("signatures that anybody could make are none", async () => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iss: "auth.test", aud: "registry.test", exp: 9e9, access: granted };
  const unsigned = `${encode({ alg: "none", kid: "one" })}.${encode(claims)}.`;
  const pem = new TextEncoder().encode(await exportSPKI(first.publicKey));
  const confused = await new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", kid: "one" })
    .sign(pem);
  const foreign = await tokenOf({}, { pair: second });
  const good = await tokenOf();
  const altered = good.replace(/\.[^.]+\./, `.${encode({ ...claims, sub: "root" })}.`);
  for (const token of [unsigned, confused, foreign, altered, "a.b.c", "x", "a".repeat(20_000)])
    expect(await decide(token, pull)).toMatchObject({ allowed: false });
});

test("an unknown key makes the keys load again, but not more often than every half minute", async () => {
  const token = await tokenOf({}, { kid: "two", pair: second });
  time = 1_000;
  loads = 0;
  expect(await decide(token, pull)).toMatchObject({ allowed: false });
  published.keys.push(await keyOf(second, "two"));
  for (let i = 0; i < 5; i++) expect(await decide(token, pull)).toMatchObject({ allowed: false });
  expect(loads).toBe(0);
  time = 40_000;
  expect(await decide(token, pull)).toEqual({ allowed: true, user: "alice" });
  expect(loads).toBe(1);
});

test("an issuer that is down leaves the keys as they were; without any, tokens cannot be checked", async () => {
  let answer: Promise<JSONWebKeySet> = Promise.resolve(published);
  const flaky = keySet(
    () => answer,
    () => time,
  );
  await flaky.reload();
  answer = Promise.reject(new Error("down"));
  answer.catch(() => undefined);
  time += 60_000;
  expect(await flaky.refreshed()).toEqual(published);
  const never = keySet(() => Promise.reject(new Error("down")));
  const authenticator = tokenAuthenticator({ ...names, keys: never });
  const request = new Request("http://r/", {
    headers: { authorization: `Bearer ${await tokenOf()}` },
  });
  await expect(authenticator.authenticate(request)).rejects.toThrow("cannot be had now");
});

test("keys that are secret, none or too many bytes are refused", async () => {
  const secret = JSON.stringify({ keys: [{ kty: "oct", k: "aa" }] });
  expect(() => parseKeySet(secret, "keys.json")).toThrow("keys.json: has a secret or private key");
  const mine = JSON.stringify({ keys: [await exportJWK(first.privateKey)] });
  expect(() => parseKeySet(mine, "keys.json")).toThrow("private key");
  for (const text of ["", "[]", "{}", '{"keys":[]}', '{"keys":[1]}'])
    expect(() => parseKeySet(text, "keys.json")).toThrow("not a JSON Web Key Set");
  await expect(loadKeys(new URL("/endless", issuer.url))).rejects.toThrow("larger than the limit");
  await expect(loadKeys(new URL("http://auth.test/keys"))).rejects.toThrow("must come by https");
});
