// `shale registry serve --proxy`: a pull-through cache between real clients and a real registry.
// Needs skopeo.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execute } from "../peers.ts";
import { base, createSandbox, type Sandbox } from "../shale.ts";
import { type RunningServer, runServer, until, userLine } from "./running-server.ts";

let box: Sandbox;
let archive: string;

beforeAll(() => {
  box = createSandbox();
  mkdirSync(box.work, { recursive: true });
  box.shale("import", base("busybox"), "busybox");
  archive = join(box.work, "busybox.tar");
  box.shale("save", "-o", archive, "busybox");
});
afterAll(() => box[Symbol.dispose]());

const PLAIN = ["--src-tls-verify=false", "--dest-tls-verify=false"];

function push({ host }: RunningServer, image: string, ...options: string[]): void {
  execute([
    "skopeo",
    "copy",
    ...PLAIN,
    ...options,
    `docker-archive:${archive}`,
    `docker://${host}/${image}`,
  ]);
}

function pull({ host, home }: RunningServer, image: string, to: string): void {
  execute(["skopeo", "copy", ...PLAIN, `docker://${host}/${image}`, `dir:${join(home, to)}`]);
}

const requests = (server: RunningServer) =>
  server
    .stdout()
    .split("\n")
    .filter((line) => line.includes("/v2/app/")).length;

test("pulls through, then from here, then with upstream gone; refuses pushes", async () => {
  const origin = await runServer(() => []);
  await using _ = origin;
  push(origin, "app:1");
  await using cache = await runServer(() => ["--proxy", origin.url, "--proxy-ttl", "1s"]);
  pull(cache, "app:1", "first");
  await Bun.sleep(300);
  const before = requests(origin);
  pull(cache, "app:1", "second");
  await Bun.sleep(300);
  expect(requests(origin)).toBeLessThanOrEqual(before + 1);
  expect(() => push(cache, "app:2")).toThrow(/this is a cache of/);
  origin.process.kill("SIGKILL");
  await origin.process.exited;
  await Bun.sleep(1000);
  pull(cache, "app:1", "third");
  const [first, third] = ["first", "third"].map((name) =>
    execute(["cat", join(cache.home, name, "manifest.json")]),
  );
  expect(third).toBe(first!);
  await until(() => cache.stdout().includes("serving app:1 as it was"), cache.stdout);
  expect(() => pull(cache, "app:none", "none")).toThrow(/503 Service Unavailable/);
}, 60_000);

test("signs in to upstream with the credentials of docker's configuration", async () => {
  await using origin = await runServer((home) => {
    writeFileSync(join(home, "users"), userLine("alice", "secret"));
    return ["--htpasswd", join(home, "users")];
  });
  push(origin, "app:1", "--dest-creds", "alice:secret");
  const config = join(origin.home, "docker");
  mkdirSync(config);
  const auths = { [origin.host]: { auth: btoa("alice:secret") } };
  writeFileSync(join(config, "config.json"), JSON.stringify({ auths }));
  await using cache = await runServer(() => ["--proxy", origin.url], {
    env: { DOCKER_CONFIG: config },
  });
  pull(cache, "app:1", "pulled");
  await using stranger = await runServer(() => ["--proxy", origin.url], {
    env: { DOCKER_CONFIG: join(config, "none") },
  });
  expect(() => pull(stranger, "app:1", "pulled")).toThrow(/denied/);
  expect(cache.stdout() + cache.stderr()).not.toContain("secret");
}, 60_000);
