// What kill -9 does to a pull, a push and a registry that is being pushed to. Processes only.
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createSandbox, leftovers, type Sandbox } from "../shale.ts";
import { type ShaleRegistry, startShaleRegistry } from "../shale-registry.ts";
import { digestOf, pushBlob, pushImage, randomBytes } from "./conformance/content.ts";
import { createPeer } from "./conformance/peer.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { randomFrom } from "./faults.ts";

const MIB = 1 << 20;
const SIZE = 12 * MIB;
const BLOB = /\/blobs\/sha/;

let source: Sandbox;
let registry: ShaleRegistry;
let proxy: FaultProxy;
let image: string;

beforeAll(async () => {
  source = createSandbox();
  registry = await startShaleRegistry();
  proxy = await startFaultProxy(`http://${registry.host}`);
  const files = source.files("app", { Dockerfile: "FROM scratch\nCOPY big /\n" });
  writeFileSync(join(files, "big"), randomBytes(SIZE));
  source.shale("build", "-t", "app", files);
  source.shale("tag", "app", `${registry.host}/team/app`);
  source.shale("push", "-q", `${registry.host}/team/app`);
  image = source.shale("images", "-q", "--no-trunc", "app");
}, 60_000);
afterAll(async () => {
  source[Symbol.dispose]();
  await proxy[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});
beforeEach(() => {
  proxy.requests.length = 0;
  proxy.script([]);
});

const name = (repository = "team/app") => `${proxy.host}/${repository}`;
const fetched = () =>
  proxy.requests.filter(({ path }) => BLOB.test(path)).reduce((sum, { bytes }) => sum + bytes, 0);

/** Unlike {@link Sandbox.shale} it lets the proxy work meanwhile. */
async function shale(box: Sandbox, ...args: string[]): Promise<string> {
  const running = box.start(args);
  const [code, stdout, stderr] = await Promise.all([
    running.exited,
    running.stdout.text(),
    running.stderr.text(),
  ]);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout.trimEnd();
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000 && !isSo(); tries += 1) await Bun.sleep(10);
  expect(isSo()).toBe(true);
}

test("a pull that is killed half-way shows nothing, and the next one fetches what is missing", async () => {
  using box = createSandbox();
  proxy.script([{ path: BLOB, fault: { kind: "slow-response", bytesPerSecond: 8 * MIB } }]);
  const pulling = box.start(["pull", name()]);
  await until(() => fetched() > SIZE / 2);
  pulling.kill("SIGKILL");
  await pulling.exited;
  expect(await shale(box, "images", "-aq")).toBe("");
  proxy.requests.length = 0;
  proxy.script([]);
  await shale(box, "pull", "-q", name());
  expect(await shale(box, "images", "-q", "--no-trunc")).toBe(image);
  expect(fetched()).toBeLessThan(SIZE * 0.75);
  await shale(box, "rmi", name());
  expect(leftovers(box.root)).toEqual([]);
}, 60_000);

test("pulls that are killed at any time leave a store that the next one completes", async () => {
  using box = createSandbox();
  const random = randomFrom(3);
  proxy.script([{ path: BLOB, fault: { kind: "slow-response", bytesPerSecond: 16 * MIB } }]);
  for (let rounds = 0; rounds < 8; rounds += 1) {
    const pulling = box.start(["pull", "-q", name()]);
    await Bun.sleep(random() * 700);
    pulling.kill("SIGKILL");
    await pulling.exited;
    expect(["", image]).toContain(await shale(box, "images", "-q", "--no-trunc"));
  }
  proxy.script([]);
  await shale(box, "pull", "-q", name());
  expect(await shale(box, "images", "-q", "--no-trunc")).toBe(image);
  await shale(box, "rmi", name());
  await shale(box, "image", "prune", "-f");
  expect(leftovers(box.root)).toEqual([]);
}, 60_000);

test("a push that is killed shows nothing, and the next one completes it", async () => {
  source.shale("tag", "app", name("killed/push"));
  const pushing = source.start(["push", "-q", name("killed/push")]);
  await until(() => proxy.requests.some(({ method }) => method === "PATCH" || method === "PUT"));
  pushing.kill("SIGKILL");
  await pushing.exited;
  const peer = createPeer(`http://${registry.host}`, "killed/push");
  expect((await peer.ask("GET", "manifests/latest")).status).toBe(404);
  await shale(source, "push", "-q", name("killed/push"));
  expect((await peer.ask("GET", "manifests/latest")).status).toBe(200);
}, 60_000);

test("a registry that is killed keeps what it acknowledged, and nothing that is not whole", async () => {
  const random = randomFrom(9);
  const acknowledged: { repository: string; digest: string; kind: "blobs" | "manifests" }[] = [];
  let crashing = await startShaleRegistry([], join(source.work, "crashing"));
  const push = async (worker: number) => {
    const repository = `worker/${worker}`;
    const peer = createPeer(`http://${crashing.host}`, repository);
    for (;;) {
      const blob = await pushBlob(peer, randomBytes(200_000));
      acknowledged.push({ repository, digest: blob.digest, kind: "blobs" });
      const { digest } = await pushImage(peer, "latest");
      acknowledged.push({ repository, digest, kind: "manifests" });
    }
  };
  for (let rounds = 0; rounds < 4; rounds += 1) {
    const workers = [1, 2, 3, 4].map((worker) => push(worker).catch(() => {}));
    await Bun.sleep(150 + random() * 300);
    process.kill(crashing.pid, "SIGKILL");
    await Promise.all(workers);
    await crashing[Symbol.asyncDispose]();
    crashing = await startShaleRegistry([], join(source.work, "crashing"));
    for (const { repository, digest, kind } of acknowledged) {
      const peer = createPeer(`http://${crashing.host}`, repository);
      const { status, body } = await peer.ask("GET", `${kind}/${digest}`);
      expect([status, digestOf(body)]).toEqual([200, digest]);
    }
  }
  expect(acknowledged.length).toBeGreaterThan(20);
  const blobs = join(crashing.root, "blobs", "sha256");
  for (const entry of readdirSync(blobs, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = readFileSync(join(entry.parentPath, entry.name));
    expect(digestOf(bytes)).toBe(`sha256:${basename(entry.name).split(".")[0]}`);
  }
  await crashing[Symbol.asyncDispose]();
}, 60_000);
