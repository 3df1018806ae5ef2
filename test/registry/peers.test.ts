// What other clients do with our registry server. Needs root and Debian's docker.io, podman,
// buildah and skopeo.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type Manifest, mediaTypes } from "#oci";
import { type Dockerd, execute, podman, startDockerd } from "../peers.ts";
import { base, createSandbox, type Sandbox } from "../shale.ts";
import { type ShaleRegistry, startShaleRegistry } from "../shale-registry.ts";

let box: Sandbox;
let docker: Dockerd;
let registry: ShaleRegistry;
let archive: string;

const TLS = ["--src-tls-verify=false", "--dest-tls-verify=false"];

beforeAll(async () => {
  box = createSandbox();
  registry = await startShaleRegistry();
  docker = await startDockerd();
  box.shale("import", base("busybox"), "busybox");
  const context = box.files("app", {
    "note.txt": "from shale\n",
    Dockerfile: 'FROM busybox\nCOPY note.txt /\nRUN rm /bin/vi\nCMD ["cat", "/note.txt"]\n',
  });
  box.shale("build", "-t", "app:1", context);
  archive = join(box.work, "app.tar");
  box.shale("save", "-o", archive, "app:1");
}, 120_000);

afterAll(async () => {
  await docker[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  box[Symbol.dispose]();
});

function name(repository: string): string {
  return `${registry.host}/${repository}`;
}

function skopeo(...args: string[]): string {
  return execute(["skopeo", ...args]);
}

/** What skopeo, which nobody here made, says of an image in the registry. */
function inspect(image: string): { Digest: string; Layers: string[] } {
  return JSON.parse(skopeo("inspect", "--tls-verify=false", `docker://${name(image)}`));
}

function layerTypes(image: string): string[] {
  const raw = skopeo("inspect", "--raw", "--tls-verify=false", `docker://${name(image)}`);
  return (JSON.parse(raw) as Manifest).layers.map(({ mediaType }) => mediaType);
}

describe("docker", () => {
  test("pushes, and pulls what it pushed", () => {
    docker.docker(["load", "-i", archive]);
    docker.docker(["tag", "app:1", name("team/docker:1")]);
    expect(docker.docker(["push", name("team/docker:1")])).toContain("1: digest: sha256:");
    docker.docker(["rmi", "-f", name("team/docker:1"), "app:1"]);
    docker.docker(["pull", "-q", name("team/docker:1")]);
    const run = ["run", "--rm", "--network=none", name("team/docker:1")];
    expect(docker.docker(run)).toBe("from shale");
  }, 60_000);

  test("mounts layers that another repository has", () => {
    docker.docker(["tag", name("team/docker:1"), name("team/other:1")]);
    const said = docker.docker(["push", name("team/other:1")]);
    expect(said).toContain("Mounted from team/docker");
    expect(inspect("team/other:1").Digest).toBe(inspect("team/docker:1").Digest);
  }, 60_000);

  test("pulls by digest and all tags", () => {
    docker.docker(["tag", name("team/docker:1"), name("team/docker:2")]);
    docker.docker(["push", "-a", "-q", name("team/docker")]);
    const { Digest } = inspect("team/docker:2");
    expect(docker.docker(["pull", name(`team/docker@${Digest}`)])).toContain(Digest);
    expect(docker.docker(["pull", "-a", name("team/docker")])).toContain("2: Pulling from");
  }, 60_000);

  test("is told what is not there", () => {
    expect(() => docker.docker(["pull", name("team/nothing")])).toThrow(
      /manifest for .*team\/nothing:latest not found|repository .* not found/,
    );
  });
});

describe("podman and buildah", () => {
  test("podman pushes and pulls, in gzip and in zstd", () => {
    const home = join(box.work, "podman");
    podman(home, ["load", "-i", archive]);
    for (const form of ["gzip", "zstd"]) {
      // By another name of the host, since podman takes a layer that it knows to be there in any form.
      const image = name(`podman:${form}`).replace(
        "127.0.0.1",
        form === "zstd" ? "localhost" : "$&",
      );
      const options = ["-q", "--tls-verify=false", "--compression-format", form];
      podman(home, ["push", ...options, "app:1", image]);
      podman(home, ["rmi", "-f", image]);
      podman(home, ["pull", "-q", "--tls-verify=false", image]);
      expect(podman(home, ["run", "--rm", "--network=none", image])).toBe("from shale");
    }
    expect(layerTypes("podman:zstd")).toContain(mediaTypes.ociLayerZstd);
  }, 60_000);

  test("podman searches", () => {
    const home = join(box.work, "podman");
    const found = ["search", "--tls-verify=false", "--format", "{{.Name}}"];
    expect(podman(home, [...found, `${registry.host}/podm`])).toBe(name("podman"));
    const tags = ["search", "--tls-verify=false", "--list-tags", "--format", "json"];
    expect(JSON.parse(podman(home, [...tags, name("podman")]))[0].Tags).toEqual(["gzip", "zstd"]);
  });

  test("buildah builds from an image here and pushes what came of it", () => {
    const stores = [
      "--root",
      join(box.work, "buildah"),
      "--runroot",
      join(box.work, "buildah-run"),
    ];
    const buildah = (...args: string[]) => execute(["buildah", ...stores, ...args]);
    const container = buildah("from", "--tls-verify=false", name("podman:gzip"));
    buildah("config", "--label", "made=here", container);
    buildah("commit", "-q", container, "made");
    buildah("push", "-q", "--tls-verify=false", "made", `docker://${name("buildah:1")}`);
    const { Labels } = JSON.parse(
      skopeo("inspect", "--tls-verify=false", `docker://${name("buildah:1")}`),
    );
    expect(Labels.made).toBe("here");
  }, 60_000);
});

describe("skopeo", () => {
  test("copies in, between repositories and out, digests kept", () => {
    const [first, second] = [name("skopeo/a:1"), name("skopeo/b:1")];
    skopeo("copy", "-q", ...TLS, `docker-archive:${archive}`, `docker://${first}`);
    skopeo("copy", "-q", ...TLS, `docker://${first}`, `docker://${second}`);
    expect(inspect("skopeo/b:1").Digest).toBe(inspect("skopeo/a:1").Digest);
    const layout = join(box.work, "layout");
    skopeo("copy", "-q", ...TLS, `docker://${second}`, `oci:${layout}:b`);
    expect(JSON.parse(skopeo("inspect", `oci:${layout}:b`)).Layers).toHaveLength(
      inspect("skopeo/b:1").Layers.length,
    );
  }, 60_000);

  test("lists tags, deletes, and finds nothing then", () => {
    const tags = () =>
      JSON.parse(skopeo("list-tags", "--tls-verify=false", `docker://${name("skopeo/b")}`)).Tags;
    expect(tags()).toEqual(["1"]);
    skopeo("delete", "--tls-verify=false", `docker://${name("skopeo/b:1")}`);
    expect(() => inspect("skopeo/b:1")).toThrow(/manifest unknown/);
    expect(inspect("skopeo/a:1").Layers.length).toBeGreaterThan(0);
  }, 60_000);

  test("syncs a whole repository", () => {
    const target = join(box.work, "synced");
    const from = ["--src", "docker", "--dest", "dir", "--src-tls-verify=false"];
    skopeo("sync", ...from, name("team/docker"), target);
    expect(execute(["ls", target]).split("\n")).toEqual(["docker:1", "docker:2"]);
  }, 60_000);
});

test("shale runs what each of them pushed", () => {
  for (const image of ["team/docker:1", "podman:gzip", "podman:zstd", "buildah:1", "skopeo/a:1"])
    expect(box.shale("run", "--rm", "--network", "none", name(image))).toBe("from shale");
}, 60_000);
