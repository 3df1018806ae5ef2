// login, logout and what they lead to, against Debian's docker-registry. Needs root, openssl,
// docker-registry and skopeo.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DockerRegistry, startDockerRegistry } from "../docker-registry.ts";
import { createSandbox, type Outcome, program, type Sandbox } from "../shale.ts";

const PASSWORD = "correct horse";
/** Not a name of this machine's, so that certificates matter; leads to it by a file of our own. */
const TLS_NAME = "registry.test";

let fixtures: string;
let registry: DockerRegistry;
let secure: DockerRegistry;
let sandbox: Sandbox;
let home: string;

beforeAll(async () => {
  fixtures = mkdtempSync(join(tmpdir(), "shale-login-"));
  const htpasswd = join(fixtures, "htpasswd");
  writeFileSync(
    htpasswd,
    `bob:${await Bun.password.hash(PASSWORD, { algorithm: "bcrypt", cost: 4 })}\n`,
  );
  const config = `auth:\n  htpasswd:\n    realm: test\n    path: ${htpasswd}`;
  makeCertificate();
  const tls = `  tls:\n    certificate: ${fixtures}/tls.crt\n    key: ${fixtures}/tls.key`;
  registry = await startDockerRegistry({ config });
  secure = await startDockerRegistry({ config, http: tls });
  await pushArtifact(registry.host);
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await secure[Symbol.asyncDispose]();
  rmSync(fixtures, { recursive: true });
});
beforeEach(() => {
  sandbox = createSandbox();
  home = join(sandbox.work, "home");
  mkdirSync(home, { recursive: true });
});
afterEach(() => sandbox[Symbol.dispose]());

function makeCertificate(): void {
  const [key, certificate] = [join(fixtures, "tls.key"), join(fixtures, "tls.crt")];
  const made = Bun.spawnSync([
    ...[
      "openssl",
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
    ],
    ...["-subj", "/CN=test", "-addext", `subjectAltName=DNS:${TLS_NAME}`],
    ...["-keyout", key, "-out", certificate],
  ]);
  if (made.exitCode !== 0) throw new Error(made.stderr.toString());
  writeFileSync(join(fixtures, "hosts"), `127.0.0.1 localhost ${TLS_NAME}\n`);
}

/** The smallest thing with a manifest: an artifact of the empty blob, as `team/thing:1`. */
async function pushArtifact(host: string): Promise<void> {
  const headers = { authorization: `Basic ${btoa(`bob:${PASSWORD}`)}` };
  const base = `http://${host}/v2/team/thing`;
  const digest = `sha256:${new Bun.CryptoHasher("sha256").update("{}").digest("hex")}`;
  const begun = await fetch(`${base}/blobs/uploads/`, { method: "POST", headers });
  const upload = new URL(begun.headers.get("location")!, base);
  upload.searchParams.set("digest", digest);
  await fetch(upload, { method: "PUT", headers, body: "{}" });
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const config = { mediaType: "application/vnd.oci.empty.v1+json", digest, size: 2 };
  const body = JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [config] });
  const put = { method: "PUT", headers: { ...headers, "content-type": mediaType }, body };
  const { status } = await fetch(`${base}/manifests/1`, put);
  if (status !== 201) throw new Error(`pushing the artifact: ${status}`);
}

function shale(args: readonly string[], input = "", env: Record<string, string> = {}): Outcome {
  const own = { HOME: home, XDG_CONFIG_HOME: "", DOCKER_CONFIG: "", REGISTRY_AUTH_FILE: "" };
  return sandbox.run(args, { input, env: { ...own, ...env } });
}

function login(...args: string[]): Outcome {
  return shale(["login", "-u", "bob", "--password-stdin", ...args], PASSWORD);
}

const configFile = () => join(home, ".docker", "config.json");

test("who is signed in may look, who is not is told how to", () => {
  const inspect = () => shale(["manifest", "inspect", `${registry.host}/team/thing:1`]);
  const refused = inspect();
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("shale login");
  expect(login(registry.host)).toEqual({
    code: 0,
    stdout: "Login Succeeded\n",
    stderr: expect.stringContaining(`stored unencrypted in '${configFile()}'`),
  });
  expect(statSync(configFile()).mode & 0o777).toBe(0o600);
  expect(JSON.parse(inspect().stdout).schemaVersion).toBe(2);
  expect(shale(["login", registry.host])).toMatchObject({ code: 0, stdout: "Login Succeeded\n" });
  expect(shale(["search", `${registry.host}/th`]).stdout).toContain("team/thing");
  expect(shale(["search", "--tags", `${registry.host}/team/thing`]).stdout).toBe("1\n");
  expect(shale(["search", "--tags", `${registry.host}/team/think`]).stderr).toContain(
    `did you mean ${registry.host}/team/thing?`,
  );
  expect(shale(["logout", registry.host])).toEqual({
    code: 0,
    stdout: `Removing login credentials for ${registry.host}\n`,
    stderr: "",
  });
  expect(JSON.parse(readFileSync(configFile(), "utf8"))).toEqual({ auths: {} });
  expect(inspect().code).toBe(1);
});

test("a wrong password is refused, and in no message", () => {
  const args = ["login", "-u", "bob", "--password-stdin", registry.host];
  const { code, stdout, stderr } = shale(args, "wr0ng");
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain("401");
  expect(stderr).not.toContain("wr0ng");
});

test("credentials are shared with the tools of others, both ways", () => {
  const skopeo = (...args: string[]) => {
    const env = { ...process.env, HOME: home, REGISTRY_AUTH_FILE: "" };
    return Bun.spawnSync(["skopeo", ...args], { env, stderr: "inherit" });
  };
  const image = `docker://${registry.host}/team/thing:1`;
  login(registry.host);
  const inspected = skopeo(
    "inspect",
    "--raw",
    "--tls-verify=false",
    "--authfile",
    configFile(),
    image,
  );
  expect(inspected.exitCode).toBe(0);
  shale(["logout", registry.host]);
  const auth = join(home, ".config", "containers", "auth.json");
  const signedIn = ["login", "--tls-verify=false", "--authfile", auth, "-u", "bob", "-p", PASSWORD];
  expect(skopeo(...signedIn, registry.host).exitCode).toBe(0);
  expect(shale(["login", registry.host]).stdout).toBe("Login Succeeded\n");
  expect(shale(["logout", registry.host]).stderr).toContain("still has credentials");
});

test("a helper keeps the secret out of the file", () => {
  const bin = join(home, "bin");
  mkdirSync(bin);
  const helper = `#!/bin/sh
f=${home}/keychain
case $1 in
  store) cat > $f ;;
  get) if [ -e $f ]; then cat $f; else echo credentials not found in native keychain; exit 1; fi ;;
  erase) rm -f $f ;;
esac
`;
  writeFileSync(join(bin, "docker-credential-test"), helper, { mode: 0o755 });
  mkdirSync(join(home, ".docker"));
  writeFileSync(configFile(), '{"credsStore":"test"}');
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const args = ["login", "-u", "bob", "--password-stdin", registry.host];
  expect(shale(args, PASSWORD, env)).toEqual({ code: 0, stdout: "Login Succeeded\n", stderr: "" });
  const auths = { [registry.host]: {} };
  expect(JSON.parse(readFileSync(configFile(), "utf8"))).toEqual({ auths, credsStore: "test" });
  expect(shale(["search", `${registry.host}/`], "", env).stdout).toContain("team/thing");
  expect(shale(["logout", registry.host], "", env).code).toBe(0);
  expect(shale(["search", `${registry.host}/`], "", env).code).toBe(1);
});

/** With `registry.test` leading to this machine. */
function withName(...args: string[]): Outcome {
  const script = `mount --bind ${fixtures}/hosts /etc/hosts && exec "$@"`;
  const done = Bun.spawnSync(["unshare", "-m", "sh", "-c", script, "sh", program, ...args], {
    env: { ...process.env, HOME: home, SHALE_ROOT: sandbox.root },
    stdin: Buffer.from(PASSWORD),
  });
  return { code: done.exitCode, stdout: done.stdout.toString(), stderr: done.stderr.toString() };
}

test("certificates are checked, by our own authorities too", () => {
  const server = `${TLS_NAME}:${secure.host.split(":")[1]}`;
  const args = ["login", "-u", "bob", "--password-stdin", server];
  const unknown = withName(...args);
  expect(unknown.code).toBe(1);
  expect(unknown.stderr).toMatch(/certificate|self.signed/);
  expect(withName("--insecure-registry", server, ...args).stdout).toBe("Login Succeeded\n");
  const directory = join(home, ".config", "shale", "certs.d", server);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "ca.crt"), readFileSync(join(fixtures, "tls.crt")));
  expect(withName(...args).stdout).toBe("Login Succeeded\n");
});

test("asks on a terminal, and does not show the password", async () => {
  let seen = "";
  const child = Bun.spawn([program, "login", registry.host], {
    env: { ...process.env, HOME: home, SHALE_ROOT: sandbox.root },
    terminal: {
      ...{ rows: 24, cols: 120 },
      data(terminal, chunk) {
        seen += Buffer.from(chunk).toString();
        if (seen.endsWith("Username: ")) terminal.write("bob\n");
        if (seen.endsWith("Password: ")) terminal.write(`${PASSWORD}\n`);
      },
    },
  });
  expect(await child.exited).toBe(0);
  expect(seen).toStartWith("Username: bob\r\nPassword: \r\n");
  expect(seen).toEndWith("Login Succeeded\r\n");
  expect(seen).not.toContain(PASSWORD);
});
