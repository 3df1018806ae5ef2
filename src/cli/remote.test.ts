import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseReference } from "#oci";
import { openCredentials, openRemote } from "./remote.ts";

let server: Bun.Server<undefined>;
let host: string;
let home: string;
let seen: string[];
let warnings: string[];

/** A registry that says who asks, and from what repository, in its tags. */
beforeAll(() => {
  server = Bun.serve({
    ...{ port: 0, hostname: "127.0.0.1" },
    fetch(request) {
      const given = request.headers.get("authorization");
      const headers = { "www-authenticate": 'Basic realm="r"' };
      if (given === null) return new Response(null, { status: 401, headers });
      seen.push(request.headers.get("user-agent") ?? "");
      const user = atob(given.replace("Basic ", "")).split(":")[0]!;
      const name = new URL(request.url).pathname.split("/").slice(2, -2).join("-");
      return Response.json({ name, tags: [user, name] });
    },
  });
  host = `127.0.0.1:${server.port}`;
});
afterAll(() => server.stop(true));
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "shale-home-"));
  seen = [];
  warnings = [];
});
afterEach(() => rmSync(home, { recursive: true }));

function given(path: string, text: string): string {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function auths(user: string): string {
  return JSON.stringify({ auths: { [host]: { auth: btoa(`${user}:x`) } } });
}

async function tagsOf(name: string, environment: Record<string, string> = {}) {
  const whole = { HOME: home, PATH: process.env.PATH, ...environment };
  const credentials = await openCredentials(whole, (message) => warnings.push(message));
  const settings = { environment: whole, mirrors: [], insecure: [], onNotice: () => {} };
  const remote = await openRemote({ ...settings, credentials });
  return await Array.fromAsync(remote.repository(parseReference(name)).tags());
}

test("credentials come from docker's file first", async () => {
  const REGISTRY_AUTH_FILE = given("auth.json", auths("podman"));
  given(".dockercfg", JSON.stringify({ [host]: { auth: btoa("old:x") } }));
  const user = async (environment?: Record<string, string>) =>
    (await tagsOf(`${host}/app`, environment))[0];
  expect(await user()).toBe("old");
  expect(await user({ REGISTRY_AUTH_FILE })).toBe("podman");
  given(".config/containers/auth.json", auths("config"));
  expect(await user()).toBe("config");
  given("run/containers/auth.json", auths("runtime"));
  expect(await user({ XDG_RUNTIME_DIR: join(home, "run") })).toBe("runtime");
  given(".docker/config.json", auths("docker"));
  expect(await user({ REGISTRY_AUTH_FILE })).toBe("docker");
  given("other/config.json", auths("other"));
  expect(await user({ DOCKER_CONFIG: join(home, "other") })).toBe("other");
  expect(await user({ DOCKER_AUTH_CONFIG: auths("ci") })).toBe("ci");
  expect(seen.every((agent) => agent.startsWith("shale/"))).toBe(true);
  expect(warnings).toEqual([]);
});

test("a damaged file is told of", async () => {
  const file = given(".docker/config.json", "{");
  given(".dockercfg", JSON.stringify({ [host]: { auth: btoa("old:x") } }));
  expect((await tagsOf(`${host}/app`))[0]).toBe("old");
  expect(warnings).toEqual([
    `WARNING: Error parsing config file (${file}): it is not JSON; correct or remove it`,
  ]);
});

test("registries are configured by our own files, else by those of containers' tools", async () => {
  given(".docker/config.json", auths("u"));
  const entry = (folder: string) =>
    `[[registry]]\nprefix = "made.up/x"\nlocation = "${host}/${folder}"\ninsecure = true\n`;
  given(".config/containers/registries.conf", entry("podman"));
  expect(await tagsOf("made.up/x/app")).toEqual(["u", "podman-app"]);
  given(".config/containers/registries.conf.d/1.conf", entry("drop-in"));
  expect(await tagsOf("made.up/x/app")).toEqual(["u", "drop-in-app"]);
  given(".config/shale/registries.conf", entry("own"));
  expect(await tagsOf("made.up/x/app")).toEqual(["u", "own-app"]);
});
