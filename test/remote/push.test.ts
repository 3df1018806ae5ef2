// push and image copy against Debian's docker-registry, judged by the tools that people pull with.
// Needs root, docker-registry, docker.io, podman and skopeo.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type DockerRegistry, startDockerRegistry } from "../docker-registry.ts";
import { type Dockerd, execute, podman, startDockerd } from "../peers.ts";
import { base, createSandbox, type Sandbox } from "../shale.ts";
import { type CountingProxy, startCountingProxy } from "./counting-proxy.ts";

const MANIFESTS = ["vnd.oci.image.manifest.v1", "vnd.oci.image.index.v1"]
  .concat(["vnd.docker.distribution.manifest.v2", "vnd.docker.distribution.manifest.list.v2"])
  .map((type) => `application/${type}+json`)
  .join(", ");

let box: Sandbox;
let registry: DockerRegistry;
let proxy: CountingProxy;
let docker: Dockerd;
/** The registry behind the proxy. */
let host: string;

beforeAll(async () => {
  box = createSandbox();
  registry = await startDockerRegistry();
  proxy = await startCountingProxy(Number(registry.host.split(":")[1]));
  host = `localhost:${proxy.port}`;
  docker = await startDockerd();
  box.shale("import", base("busybox"), "busybox");
  const context = box.files("app", {
    "note.txt": "from shale\n",
    Dockerfile:
      'FROM busybox\nCOPY note.txt /\nRUN rm /bin/vi\nENV A=b\nCMD ["cat", "/note.txt"]\n',
  });
  box.shale("build", "-t", "app:1", context);
}, 120_000);

afterAll(async () => {
  await docker[Symbol.asyncDispose]();
  proxy[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
  box[Symbol.dispose]();
});

const skopeo = (...args: string[]) => execute(["skopeo", "--insecure-policy", ...args]);
const inspected = (place: string) =>
  JSON.parse(
    skopeo("inspect", ...(place.startsWith("docker:") ? ["--tls-verify=false"] : []), place),
  );
const diffIds = (name: string) =>
  JSON.parse(box.shale("inspect", "-f", "{{json .RootFS.Layers}}", name)) as string[];

async function manifestAt(repository: string, reference: string, at = registry.host) {
  const url = `http://${at}/v2/${repository}/manifests/${reference}`;
  const response = await fetch(url, { headers: { Accept: MANIFESTS } });
  const text = await response.text();
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  return { digest, type: response.headers.get("content-type"), json: JSON.parse(text), text };
}

/** Pushes the image under a name of its own. */
function pushed(repository: string, ...options: string[]): string {
  box.shale("tag", "app:1", `${host}/${repository}`);
  return box.shale("push", ...options, `${host}/${repository}`);
}

/** Mode, owner, size and name of every file. */
function listing(tar: Uint8Array): string[] {
  const lines = execute(["tar", "-tv", "--numeric-owner"], { input: tar }).split("\n");
  return lines.map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d /, "")).sort();
}

describe("push", () => {
  test("says what docker says, sends all of it once, and nothing the second time", async () => {
    const ids = diffIds("app:1").map((id) => id.slice(7, 19));
    const lines = pushed("words:1").split("\n");
    const { digest, text } = await manifestAt("words", "1");
    expect(lines[0]).toBe(`The push refers to repository [${host}/words]`);
    expect(lines.slice(1, 4)).toEqual(ids.toReversed().map((id) => `${id}: Preparing`));
    expect(lines.slice(4, 7).sort()).toEqual(ids.map((id) => `${id}: Pushed`).sort());
    expect(lines.slice(7)).toEqual([`1: digest: ${digest} size: ${text.length}`]);
    const before = proxy.sent();
    const again = pushed("words:2");
    expect(again.match(/: Layer already exists/g)).toHaveLength(3);
    expect(proxy.sent() - before).toBeLessThan(10_000);
    expect(box.shale("inspect", "-f", "{{json .RepoDigests}}", "app:1")).toContain(
      `${host}/words@${digest}`,
    );
  });

  test("podman pulls the same tree", async () => {
    pushed("tree:1");
    const home = join(box.work, "podman");
    podman(home, ["pull", "-q", "--tls-verify=false", `${registry.host}/tree:1`]);
    const layers = podman(home, [
      "inspect",
      "-f",
      "{{json .RootFS.Layers}}",
      `${registry.host}/tree:1`,
    ]);
    expect(JSON.parse(layers)).toEqual(diffIds("app:1"));
    for (const [at, { digest }] of (await manifestAt("tree", "1")).json.layers.entries()) {
      const blob = await fetch(`http://${registry.host}/v2/tree/blobs/${digest}`);
      const packed = new Uint8Array(await blob.arrayBuffer());
      const tar = Bun.spawnSync(["gzip", "-dc"], { stdin: packed });
      expect(tar.exitCode).toBe(0);
      const stored = join(box.root, "blobs/sha256", diffIds("app:1")[at]!.slice(7));
      expect(listing(tar.stdout)).toEqual(listing(await Bun.file(stored).bytes()));
    }
  }, 60_000);

  test("docker of old pulls and runs both formats", async () => {
    for (const format of ["oci", "docker"]) {
      pushed(`old-${format}:1`, "--format", format);
      docker.docker(["pull", "-q", `${registry.host}/old-${format}:1`]);
      const name = `${registry.host}/old-${format}:1`;
      expect(docker.docker(["run", "--rm", "--network=none", name])).toBe("from shale");
      expect(docker.docker(["inspect", "-f", "{{.Id}}", name])).toBe(
        box.shale("inspect", "-f", "{{.Id}}", "app:1"),
      );
    }
    expect((await manifestAt("old-docker", "1")).type).toContain("docker.distribution.manifest.v2");
  }, 60_000);

  test("zstd in frames is pulled by podman", async () => {
    pushed("zstd:1", "--compression", "zstd");
    const { json } = await manifestAt("zstd", "1");
    expect(json.layers[0].mediaType).toEndWith("tar+zstd");
    const home = join(box.work, "podman-zstd");
    const name = `${registry.host}/zstd:1`;
    podman(home, ["pull", "-q", "--tls-verify=false", name]);
    const layers = podman(home, ["inspect", "-f", "{{json .RootFS.Layers}}", name]);
    expect(JSON.parse(layers)).toEqual(diffIds("app:1"));
  }, 30_000);

  test("mounts from another repository", () => {
    pushed("mount/from:1");
    const before = proxy.sent();
    const said = pushed("mount/to:1");
    expect(said.match(/: Mounted from [\w/]+/g)).toHaveLength(3);
    expect(proxy.sent() - before).toBeLessThan(10_000);
  });

  test("-a takes every tag; -q says the name only", () => {
    for (const tag of ["1", "2", "3"]) box.shale("tag", "app:1", `${host}/all:${tag}`);
    expect(box.shale("push", "-a", "-q", `${host}/all`)).toBe(`${host}/all`);
    const { Tags } = JSON.parse(
      skopeo("list-tags", "--tls-verify=false", `docker://${registry.host}/all`),
    );
    expect(Tags.sort()).toEqual(["1", "2", "3"]);
    const { code, stderr } = box.run(["push", `${host}/all:9`]);
    expect([code, stderr]).toEqual([1, `Error: tag does not exist: ${host}/all:9\n`]);
  });

  test("what another tool made goes back with its digests", async () => {
    // Skopeo remembers zstd blobs of a registry and takes them where they do not fit.
    await using theirs = await startDockerRegistry();
    const archive = join(box.work, "app.tar");
    box.shale("save", "-o", archive, "app:1");
    for (const [format, tag] of [
      ["oci", "1"],
      ["v2s2", "2"],
    ] as const) {
      const name = `docker://${theirs.host}/theirs:${tag}`;
      skopeo(
        "copy",
        "--dest-tls-verify=false",
        "--dest-compress-format=gzip",
        "-f",
        format,
        `oci-archive:${archive}`,
        name,
      );
      // A store that has the layers in no other form.
      using other = createSandbox();
      other.shale("pull", `${theirs.host}/theirs:${tag}`);
      other.shale("tag", `${theirs.host}/theirs:${tag}`, `${host}/back:${tag}`);
      other.shale("push", `${host}/back:${tag}`);
      const [came, went] = [
        await manifestAt("theirs", tag, theirs.host),
        await manifestAt("back", tag),
      ];
      expect([went.digest, went.type]).toEqual([came.digest, came.type]);
    }
  }, 30_000);

  test("a registry that has lost its blobs gets them again", async () => {
    const said = pushed("lost:1");
    rmSync(join(registry.storage, "docker"), { recursive: true });
    const again = pushed("lost:1");
    expect(again.split("\n").at(-1)).toBe(said.split("\n").at(-1)!);
    expect(again.match(/: Pushed/g)).toHaveLength(3);
    expect(inspected(`docker://${registry.host}/lost:1`).Layers).toHaveLength(3);
  });
});

describe("image copy", () => {
  test("in all directions, with the digest that skopeo sees", async () => {
    pushed("copy:1");
    const { digest } = await manifestAt("copy", "1");
    const [dir, tar, docker] = ["layout", "oci.tar", "docker.tar"].map((name) =>
      join(box.work, name),
    );
    const chain = [
      `${host}/copy:1`,
      `oci:${dir}:v1`,
      `oci-archive:${tar}:v2`,
      `docker-archive:${docker}:me/app:3`,
    ];
    for (const [at, target] of chain.slice(1).entries())
      expect(box.shale("image", "copy", "-q", chain[at]!, target)).toBe(digest);
    expect(inspected(`oci:${dir}:v1`).Digest).toBe(digest);
    expect(inspected(`oci-archive:${tar}:v2`).Digest).toBe(digest);
    expect(inspected(`docker-archive:${docker}:me/app:3`).Layers).toEqual(diffIds("app:1"));
    box.shale("image", "copy", "-q", `oci-archive:${tar}`, `${host}/copied:2`);
    expect((await manifestAt("copied", "2")).digest).toBe(digest);
    box.shale("image", "copy", `oci:${dir}`, "store:from/layout:1");
    expect(box.shale("run", "--rm", "--network", "none", "from/layout:1")).toBe("from shale");
    box.shale("image", "copy", "-q", `docker-archive:${docker}`, `${host}/copied:3`);
    expect(inspected(`docker://${registry.host}/copied:3`).Env).toContain("A=b");
    box.shale("rmi", "from/layout:1");
  }, 60_000);

  test("reads what skopeo wrote", async () => {
    pushed("wrote:1");
    const from = `docker://${registry.host}/wrote:1`;
    const { digest } = await manifestAt("wrote", "1");
    const places = ["oci", "oci-archive", "docker-archive"].map(
      (kind) => `${kind}:${join(box.work, `theirs-${kind}`)}:me/app:1`,
    );
    for (const [at, place] of places.entries()) {
      skopeo("copy", "--src-tls-verify=false", from, place);
      const copied = box.shale("image", "copy", "-q", place, `${host}/read:${at}`);
      if (at < 2) expect(copied).toBe(digest);
      expect(inspected(`docker://${registry.host}/read:${at}`).Env).toContain("A=b");
    }
  }, 60_000);

  test("an index with all platforms, or one of them", async () => {
    pushed("multi:amd");
    pushed("multi:arm", "--compression", "zstd");
    const manifests = await Promise.all(
      [
        ["amd", "amd64"],
        ["arm", "arm64"],
      ].map(async ([tag, architecture]) => {
        const { digest, type, text } = await manifestAt("multi", tag!);
        return {
          mediaType: type,
          digest,
          size: text.length,
          platform: { os: "linux", architecture },
        };
      }),
    );
    const mediaType = "application/vnd.oci.image.index.v1+json";
    const put = await fetch(`http://${registry.host}/v2/multi/manifests/all`, {
      method: "PUT",
      headers: { "Content-Type": mediaType },
      body: JSON.stringify({ schemaVersion: 2, mediaType, manifests }),
    });
    expect(put.status).toBe(201);
    box.shale("image", "copy", "-q", "--all", `${host}/multi:all`, `${host}/m/copy:all`);
    expect((await manifestAt("m/copy", "all")).digest).toBe(
      (await manifestAt("multi", "all")).digest,
    );
    const one = box.shale(
      "image",
      "copy",
      "-q",
      "--platform=linux/arm64",
      `${host}/multi:all`,
      `${host}/m/copy:arm`,
    );
    expect(one).toBe(manifests[1]!.digest);
    const raw = skopeo(
      "inspect",
      "--raw",
      "--tls-verify=false",
      `docker://${registry.host}/m/copy:all`,
    );
    expect(JSON.parse(raw).manifests).toHaveLength(2);
  }, 30_000);
});
