// pull, and the pulls of run and build, from Debian's docker-registry filled by skopeo. Needs root,
// docker-registry and skopeo.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DockerRegistry, startDockerRegistry } from "../docker-registry.ts";
import { execute } from "../peers.ts";
import { base, createSandbox, leftovers, removeEverything, type Sandbox } from "../shale.ts";
import { type MeteringProxy, startMeteringProxy } from "./metering-proxy.ts";

const LARGE = 24 << 20;

let maker: Sandbox;
let registry: DockerRegistry;
let proxy: MeteringProxy;
/** The registry behind the proxy. */
let host: string;

/** Packed into a layout of its own first: skopeo would take what it knows to be in the registry. */
function publish(repository: string, ...format: string[]): void {
  const layout = `oci:${join(maker.work, repository)}`;
  const copy = ["skopeo", "--insecure-policy", "copy", "--quiet"];
  const packed = format.includes("v2s2") ? [] : format;
  execute([...copy, ...packed, `oci-archive:${join(maker.work, "app.tar")}`, layout]);
  const target = `docker://${registry.host}/${repository}:latest`;
  const how = format.includes("v2s2") ? format : ["--preserve-digests"];
  execute([...copy, "--dest-tls-verify=false", ...how, layout, target]);
}

beforeAll(async () => {
  maker = createSandbox();
  registry = await startDockerRegistry();
  proxy = startMeteringProxy(registry.host);
  host = `localhost:${proxy.port}`;
  maker.shale("import", base("busybox"), "busybox");
  const context = maker.files("app", {
    Dockerfile: 'FROM busybox\nRUN echo one > /one\nCOPY large /large\nCMD ["cat", "/one"]\n',
  });
  writeFileSync(join(context, "large"), randomBytes(LARGE));
  maker.shale("build", "-t", "app:1", context);
  maker.shale("save", "-o", join(maker.work, "app.tar"), "app:1");
  publish("gzip", "--dest-compress-format", "gzip");
  publish("zstd", "--dest-compress-format", "zstd");
  publish("schema2", "--format", "v2s2");
  await putIndex("index", "gzip");
}, 120_000);

afterAll(async () => {
  proxy[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
  maker[Symbol.dispose]();
});

/** An index of two platforms. */
async function putIndex(tag: string, repository: string): Promise<void> {
  const accept = "application/vnd.oci.image.manifest.v1+json";
  const url = `http://${registry.host}/v2/${repository}/manifests`;
  const manifest = await fetch(`${url}/latest`, { headers: { accept } });
  const digest = manifest.headers.get("docker-content-digest");
  const size = (await manifest.arrayBuffer()).byteLength;
  const own = process.arch === "x64" ? "amd64" : "arm64";
  const type = "application/vnd.oci.image.index.v1+json";
  const entry = { mediaType: accept, size };
  const manifests = [
    { ...entry, digest, platform: { os: "linux", architecture: own } },
    { ...entry, digest, platform: { os: "linux", architecture: "s390x" } },
  ];
  const body = JSON.stringify({ schemaVersion: 2, mediaType: type, manifests });
  const put = await fetch(`${url}/${tag}`, {
    ...{ method: "PUT", body, headers: { "content-type": type } },
  });
  if (!put.ok) throw new Error(`${put.status} ${await put.text()}`);
}

async function finished(child: ReturnType<Sandbox["start"]>): Promise<string> {
  const [code, out, err] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if (code !== 0) throw new Error(`exit ${code}: ${err}`);
  return out;
}

describe("an image in", () => {
  for (const name of ["gzip:latest", "zstd:latest", "schema2:latest", "gzip:index"])
    test(`${name} is pulled, runs, and leaves nothing when it is removed`, async () => {
      using box = createSandbox();
      const said = await finished(box.start(["pull", `${host}/${name}`]));
      expect(said).toMatch(/^\w+: Pulling from \w+\n0 of 3 layers are here, [\d.]+MB to fetch\n/);
      expect(said.match(/^[0-9a-f]{12}: Pull complete$/gm)).toHaveLength(3);
      expect(said).toMatch(
        new RegExp(
          `\nDigest: sha256:[0-9a-f]{64}\nStatus: Downloaded newer image for ${host}/${name}\n${host}/${name}\n$`,
        ),
      );
      expect(await finished(box.start(["run", "--rm", `${host}/${name}`]))).toBe("one\n");
      expect(await finished(box.start(["pull", `${host}/${name}`]))).toContain("up to date");
      removeEverything(box);
      expect(leftovers(box.root)).toEqual([]);
    }, 60_000);
});

describe("a pull that is killed half-way", () => {
  for (const signal of ["SIGKILL", "SIGINT"] as const)
    test(`by ${signal} is taken up where it was`, async () => {
      using box = createSandbox();
      proxy.reset(8 << 20);
      const child = box.start(["pull", "-q", `${host}/gzip`]);
      await proxy.until(LARGE / 2);
      child.kill(signal);
      await child.exited;
      const before = proxy.bytes;
      expect(before).toBeLessThan(LARGE);
      expect(box.shale("images", "-q")).toBe("");
      proxy.reset();
      await finished(box.start(["pull", "-q", `${host}/gzip`]));
      // What was under way between the registry and the disk is fetched again.
      expect(before + proxy.bytes).toBeLessThan(LARGE * 1.2);
      expect(proxy.bytes).toBeLessThan(LARGE * 0.75);
      expect(await finished(box.start(["run", "--rm", `${host}/gzip`, "wc", "-c", "/large"]))).toBe(
        `${LARGE} /large\n`,
      );
    }, 60_000);
});

test("two pulls at once fetch every layer once", async () => {
  using box = createSandbox();
  box.shale("images");
  proxy.reset(32 << 20);
  const pulls = [1, 2].map(() => box.start(["pull", "-q", `${host}/gzip`]));
  const said = await Promise.all(pulls.map(finished));
  expect(said).toEqual([`${host}/gzip:latest\n`, `${host}/gzip:latest\n`]);
  expect(proxy.bytes).toBeLessThan(LARGE * 1.3);
}, 60_000);

test("what is not here is pulled by run and build, and refused with --pull never", async () => {
  using box = createSandbox();
  proxy.reset();
  const never = box.start(["run", "--pull", "never", `${host}/gzip`]);
  expect(await never.exited).toBe(125);
  const run = box.start(["run", "--rm", `${host}/gzip`]);
  expect(await finished(run)).toBe("one\n");
  const context = box.files("b", {
    Dockerfile: `FROM ${host}/zstd\nCOPY --from=${host}/schema2 /one /two\nRUN cmp /one /two\n`,
  });
  await finished(box.start(["build", "-q", context]));
  rmSync(context, { recursive: true });
}, 60_000);
