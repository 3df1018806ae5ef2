// Who is let in by `shale registry serve`. Needs root, docker.io, skopeo and openssl.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { execute, startDockerd } from "../peers.ts";
import { base, createSandbox, type Sandbox } from "../shale.ts";
import { makeCertificate, type RunningServer, runServer, userLine } from "./running-server.ts";

let box: Sandbox;
let archive: string;

beforeAll(() => {
  box = createSandbox();
  box.shale("import", base("busybox"), "busybox");
  archive = join(box.work, "busybox.tar");
  mkdirSync(box.work, { recursive: true });
  box.shale("save", "-o", archive, "busybox");
});
afterAll(() => box[Symbol.dispose]());

/** skopeo that trusts the server's certificate and keeps its credentials in the server's home. */
function skopeo({ home }: RunningServer, command: string, ...args: string[]): string {
  mkdirSync(join(home, "certs"), { recursive: true });
  const authority = command === "copy" ? "--dest-cert-dir" : "--cert-dir";
  return execute(["skopeo", command, authority, join(home, "certs"), ...args], {
    env: { REGISTRY_AUTH_FILE: join(home, "auth.json") },
  });
}

function secured(rules?: string) {
  return runServer((home) => {
    const { cert, key } = makeCertificate(home, "one");
    mkdirSync(join(home, "certs"));
    writeFileSync(join(home, "certs", "ca.crt"), execute(["cat", cert]));
    writeFileSync(join(home, "users"), userLine("alice", "secret") + userLine("bob", "b"));
    if (rules !== undefined) writeFileSync(join(home, "rules"), rules);
    const tls = ["--tls-cert", cert, "--tls-key", key];
    const access = ["--htpasswd", join(home, "users")];
    return [...tls, ...access, ...(rules === undefined ? [] : ["--rules", join(home, "rules")])];
  });
}

test("skopeo signs in over TLS, pushes and inspects; without a password it is let nowhere", async () => {
  await using server = await secured();
  const image = `docker://${server.host}/team/app:1`;
  expect(() => skopeo(server, "copy", `docker-archive:${archive}`, image)).toThrow(
    /authentication required|unauthorized/,
  );
  expect(() => skopeo(server, "login", "-u", "alice", "-p", "wrong", server.host)).toThrow(
    /invalid username\/password/,
  );
  skopeo(server, "login", "-u", "alice", "-p", "secret", server.host);
  skopeo(server, "copy", `docker-archive:${archive}`, image);
  expect(skopeo(server, "inspect", image)).toContain('"Digest": "sha256:');
  skopeo(server, "delete", image);
  expect(() => skopeo(server, "inspect", image)).toThrow("manifest unknown");
  expect(server.stdout() + server.stderr()).not.toContain("secret");
}, 30_000);

test("rules: bob may pull what alice pushed, everybody what is public, nobody more", async () => {
  const rules = "alice all **\nbob pull team/**\n@everyone pull public/**\n";
  await using server = await secured(rules);
  const at = (repository: string) => `docker://${server.host}/${repository}:1`;
  const by = (user: string, password: string) =>
    skopeo(server, "login", "-u", user, "-p", password, server.host);
  by("alice", "secret");
  for (const repository of ["team/app", "public/app", "private"])
    skopeo(server, "copy", `docker-archive:${archive}`, at(repository));
  by("bob", "b");
  skopeo(server, "inspect", at("team/app"));
  expect(() => skopeo(server, "inspect", at("private"))).toThrow(/denied/);
  expect(() => skopeo(server, "copy", `docker-archive:${archive}`, at("team/app"))).toThrow(
    /denied/,
  );
  rmSync(join(server.home, "auth.json"));
  skopeo(server, "inspect", at("public/app"));
  expect(() => skopeo(server, "inspect", at("team/app"))).toThrow(/unauthorized|authentication/);
}, 30_000);

test("who has no certificate of the right authority is not let in", async () => {
  await using server = await runServer((home) => {
    const { cert, key } = makeCertificate(home, "server");
    const client = makeCertificate(home, "client");
    return ["--tls-cert", cert, "--tls-key", key, "--tls-client-ca", client.cert];
  });
  const get = (name?: string) =>
    fetch(`${server.url}/v2/`, {
      tls: {
        rejectUnauthorized: false,
        ...(name !== undefined && {
          cert: Bun.file(join(server.home, `${name}.crt`)),
          key: Bun.file(join(server.home, `${name}.key`)),
        }),
      },
    });
  expect((await get("client")).status).toBe(200);
  await expect(get()).rejects.toThrow();
  await expect(get("server")).rejects.toThrow();
}, 30_000);

test("tokens of an issuer, whose keys are read from a file and again when it changes", async () => {
  const pair = await generateKeyPair("ES256", { extractable: true });
  const next = await generateKeyPair("ES256", { extractable: true });
  const keys = async (kid: string, { publicKey }: typeof pair) =>
    JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: "ES256" }] });
  const [old, fresh] = [await keys("a", pair), await keys("b", next)];
  await using server = await runServer((home) => {
    writeFileSync(join(home, "keys.json"), old);
    const names = ["--token-realm", "https://auth.test/token", "--token-service", "registry.test"];
    return [...names, "--token-issuer", "auth.test", "--token-jwks", join(home, "keys.json")];
  });
  const status = async (kid: string, { privateKey }: typeof pair) => {
    const claims = { access: [{ type: "repository", name: "app", actions: ["push"] }] };
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256", kid })
      .setIssuer("auth.test")
      .setAudience("registry.test")
      .setExpirationTime("1m")
      .sign(privateKey);
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${server.url}/v2/app/blobs/uploads/`, { method: "POST", headers })).status;
  };
  expect((await fetch(`${server.url}/v2/`)).headers.get("www-authenticate")).toBe(
    'Bearer realm="https://auth.test/token",service="registry.test"',
  );
  expect([await status("a", pair), await status("b", next)]).toEqual([202, 401]);
  writeFileSync(join(server.home, "keys.json"), fresh);
  server.process.kill("SIGHUP");
  await server.says("were read again");
  expect([await status("a", pair), await status("b", next)]).toEqual([401, 202]);
});

test("docker pulls without a password what everybody may read, and pushes with one", async () => {
  await using docker = await startDockerd();
  await using server = await runServer((home) => {
    writeFileSync(join(home, "users"), userLine("alice", "secret"));
    return ["--htpasswd", join(home, "users"), "--anonymous-read"];
  });
  const image = `${server.host}/team/app:1`;
  const env = { DOCKER_CONFIG: join(server.home, "docker") };
  const login = (password: string) =>
    docker.docker(["login", "-u", "alice", "-p", password, server.host], { env });
  docker.docker(["import", base("busybox"), image]);
  expect(() => docker.docker(["push", image], { env })).toThrow(
    "denied: requested access to the resource is denied",
  );
  expect(() => login("wrong")).toThrow("wrong username or password");
  expect(login("secret")).toContain("Login Succeeded");
  expect(docker.docker(["push", image], { env })).toContain("1: digest: sha256:");
  docker.docker(["logout", server.host], { env });
  docker.docker(["rmi", image]);
  expect(docker.docker(["pull", image], { env })).toContain("Downloaded newer image");
}, 60_000);
