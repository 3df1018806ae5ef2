import { expect, test } from "bun:test";
import type { ServerResponse } from "node:http";
import {
  bodyOf,
  type FakeRequest,
  refuse,
  type Script,
  startFakeRegistry,
} from "../testing/fake-registry.ts";
import { remoteFor } from "../testing/remote-for.ts";

const name = { registry: "docker.io", repository: "me/app" };
const password = { kind: "password", username: "me", password: "s3cret" } as const;

interface TokenService {
  /** The scopes that were asked for, request by request. */
  readonly asked: string[][];
  readonly script: Script;
  expiresIn: number;
  allow: (authorization: string | undefined) => boolean;
}

/** A registry whose `/token` gives a token that says what it is good for. */
function tokenService(needs: (request: FakeRequest) => string): TokenService {
  const service: TokenService = {
    asked: [],
    expiresIn: 300,
    allow: () => true,
    async script(request, response) {
      if (request.url.pathname === "/token") return await giveToken(service, request, response);
      if (request.headers.authorization?.includes(needs(request))) return false;
      const realm = `http://${request.headers.host}/token`;
      response.setHeader(
        "WWW-Authenticate",
        `Bearer realm="${realm}",service="reg",scope="${needs(request)}",error="insufficient_scope"`,
      );
      refuse(response, 401, "UNAUTHORIZED", "authentication required");
      return true;
    },
  };
  return service;
}

async function giveToken(service: TokenService, request: FakeRequest, response: ServerResponse) {
  if (!service.allow(request.headers.authorization)) {
    refuse(response, 401, "UNAUTHORIZED", "incorrect username or password");
    return true;
  }
  const form = new URLSearchParams((await bodyOf(request.incoming)).toString());
  const scopes = [
    ...request.url.searchParams.getAll("scope"),
    ...(form.get("scope")?.split(" ") ?? []),
  ];
  service.asked.push(scopes);
  await Bun.sleep(5);
  const token = ["token", ...scopes, form.get("refresh_token") ?? ""].join("|");
  const offline = request.url.searchParams.get("offline_token") && { refresh_token: "refresh-me" };
  response.end(JSON.stringify({ token, expires_in: service.expiresIn, ...offline }));
  return true;
}

const pull = "repository:me/app:pull";

test("a token is asked for once for its scopes, by however many requests at once", async () => {
  const service = tokenService(() => pull);
  await using registry = await startFakeRegistry(service.script);
  registry.addManifest("me/app:one", { config: {}, layers: [] });
  const repository = remoteFor(registry.host).repository(name);
  await repository.manifest("one");
  await Promise.all(Array.from({ length: 8 }, () => repository.manifest("one")));
  await remoteFor(registry.host).repository(name).resolve("one");
  expect(service.asked).toEqual([[pull], [pull]]);
});

test("a password goes to the token service, and not to the registry", async () => {
  const service = tokenService(() => pull);
  let seen: string | undefined;
  service.allow = (authorization) => {
    seen = authorization;
    return true;
  };
  await using registry = await startFakeRegistry(service.script);
  registry.addManifest("me/app:one", { config: {}, layers: [] });
  await remoteFor(registry.host, { credential: password }).repository(name).resolve("one");
  expect(seen).toBe(`Basic ${btoa("me:s3cret")}`);
});

test("a token that ends is asked for anew", async () => {
  const service = tokenService(() => pull);
  service.expiresIn = 0.001;
  await using registry = await startFakeRegistry(service.script);
  registry.addManifest("me/app:one", { config: {}, layers: [] });
  const repository = remoteFor(registry.host).repository(name);
  for (let i = 0; i < 3; i++) {
    await repository.resolve("one");
    await Bun.sleep(2);
  }
  expect(service.asked.length).toBe(3);
});

test("a token that the registry takes no more is asked for anew", async () => {
  const revoked = new Set<string | undefined>();
  const service = tokenService(() => pull);
  await using registry = await startFakeRegistry(async (request, response) => {
    if (revoked.delete(request.headers.authorization)) delete request.headers.authorization;
    return await service.script(request, response);
  });
  registry.addManifest("me/app:one", { config: {}, layers: [] });
  const repository = remoteFor(registry.host).repository(name);
  await repository.resolve("one");
  revoked.add(`Bearer token|${pull}|`);
  await repository.resolve("one");
  expect([service.asked.length, revoked.size]).toEqual([2, 0]);
});

test("a scope that is too narrow is widened to what the registry asks for, and stays so", async () => {
  const service = tokenService(() => "repository:me/app:delete,pull");
  await using registry = await startFakeRegistry(service.script);
  registry.addManifest("me/app:one", { config: {}, layers: [] });
  const repository = remoteFor(registry.host).repository(name);
  await repository.resolve("one");
  await repository.resolve("one");
  expect(service.asked).toEqual([["repository:me/app:delete,pull"]]);
});

test("mounting asks for both repositories", async () => {
  const service = tokenService((request) =>
    request.url.searchParams.has("mount")
      ? "repository:you/base:pull"
      : "repository:me/app:pull,push",
  );
  await using registry = await startFakeRegistry(service.script);
  const blob = Buffer.from("layer");
  const digest = registry.addBlob(blob);
  registry.blobs.delete(digest);
  const source = {
    digest,
    size: 5,
    open: async function* () {
      yield blob;
    },
    result: () => ({ digest, size: 5 }),
  };
  await remoteFor(registry.host)
    .repository(name)
    .pushBlob(source, { mountFrom: ["you/base"] });
  expect(service.asked).toContainEqual(["repository:me/app:pull,push", "repository:you/base:pull"]);
});

test("a refresh token is not sent on to another host", async () => {
  await using thief = await startFakeRegistry();
  await using registry = await startFakeRegistry(({ url, headers }, response) => {
    if (url.pathname === "/token")
      response.writeHead(307, { Location: `http://${thief.host}/token` }).end();
    else {
      response.setHeader("WWW-Authenticate", `Bearer realm="http://${headers.host}/token"`);
      refuse(response, 401, "UNAUTHORIZED");
    }
    return true;
  });
  const credential = { kind: "identity-token", token: "refresh-me" } as const;
  const reading = remoteFor(registry.host, { credential }).repository(name).resolve("one");
  await expect(reading).rejects.toThrow("no credential is sent on to another host");
  expect(thief.requests).toEqual([]);
});

test("an identity token is changed into a token by OAuth2", async () => {
  const service = tokenService(() => pull);
  await using registry = await startFakeRegistry(service.script);
  registry.addManifest("me/app:one", { config: {}, layers: [] });
  const credential = { kind: "identity-token", token: "refresh-me" } as const;
  await remoteFor(registry.host, { credential }).repository(name).resolve("one");
  expect(registry.requests.filter((one) => one.includes("/token"))).toEqual(["POST /token"]);
});

test("a registry token is sent as it is", async () => {
  const seen: unknown[] = [];
  await using registry = await startFakeRegistry(({ headers }) => {
    seen.push(headers.authorization);
    return false;
  });
  registry.addManifest("me/app:one", { config: {}, layers: [] });
  const credential = { kind: "registry-token", token: "abc" } as const;
  await remoteFor(registry.host, { credential }).repository(name).resolve("one");
  expect(seen).toEqual(["Bearer abc"]);
});

test("a registry token that would end its header is not sent, nor shown", async () => {
  await using registry = await startFakeRegistry();
  const credential = { kind: "registry-token", token: "abc\r\nX-More: s3cret" } as const;
  const resolving = remoteFor(registry.host, { credential }).repository(name).resolve("one");
  const error = await resolving.catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ kind: "unauthenticated" });
  expect(Bun.inspect(error)).not.toContain("X-More");
  expect(registry.requests).toEqual([]);
});

test("basic", async () => {
  await using registry = await startFakeRegistry(({ headers }, response) => {
    if (headers.authorization === `Basic ${btoa("me:s3cret")}`) return false;
    response.setHeader("WWW-Authenticate", 'Basic realm="r"');
    refuse(response, 401, "UNAUTHORIZED", "authentication required");
    return true;
  });
  registry.addManifest("me/app:one", { config: {}, layers: [] });
  const repository = remoteFor(registry.host, { credential: password }).repository(name);
  expect((await repository.manifest("one")).bytes.length).toBeGreaterThan(0);
  const nobody = remoteFor(registry.host).repository(name);
  await expect(nobody.manifest("one")).rejects.toMatchObject({
    kind: "unauthenticated",
    message:
      "pull access denied for me/app, repository does not exist or may require 'shale login': " +
      "unauthorized: authentication required",
  });
});

test("a wrong password is told once, without the password", async () => {
  const service = tokenService(() => pull);
  service.allow = () => false;
  await using registry = await startFakeRegistry(service.script);
  const remote = remoteFor(registry.host, { credential: password });
  const error = await remote
    .repository(name)
    .resolve("one")
    .catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ kind: "unauthenticated" });
  expect((error as Error).message).toContain("unauthorized: incorrect username or password");
  expect(JSON.stringify([error, (error as Error).message])).not.toContain("s3cret");
  expect(registry.requests.filter((one) => one.includes("/token")).length).toBe(1);
});

test("login gives the identity token, and refuses a wrong password", async () => {
  const service = tokenService(() => "token");
  await using registry = await startFakeRegistry(service.script);
  const remote = remoteFor(registry.host);
  expect(await remote.login("docker.io", password)).toEqual({ identityToken: "refresh-me" });
  service.allow = () => false;
  await expect(remote.login("docker.io", password)).rejects.toMatchObject({
    kind: "unauthenticated",
  });
});
