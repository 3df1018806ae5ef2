// Archives that other tools read and write. Needs root and Debian's docker.io, podman, skopeo.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type Dockerd, execute, podman, startDockerd } from "../peers.ts";
import { base, createSandbox, type Sandbox } from "../shale.ts";

let box: Sandbox;
let docker: Dockerd;
let archive: string;

beforeAll(async () => {
  box = createSandbox();
  docker = await startDockerd();
  box.shale("import", base("busybox"), "busybox");
  const context = box.files("app", {
    "note.txt": "from shale\n",
    Dockerfile:
      'FROM busybox\nCOPY note.txt /\nRUN rm /bin/vi\nENV A=b\nCMD ["cat", "/note.txt"]\n',
  });
  box.shale("build", "-t", "app:1", context);
  archive = join(box.work, "app.tar");
  box.shale("save", "-o", archive, "app:1");
}, 120_000);

afterAll(async () => {
  box[Symbol.dispose]();
  await docker[Symbol.asyncDispose]();
});

function diffIds(): string[] {
  return JSON.parse(box.shale("inspect", "-f", "{{json .RootFS.Layers}}", "app:1"));
}

describe("what save writes", () => {
  test("docker loads it", () => {
    expect(docker.docker(["load", "-i", archive])).toContain("Loaded image: app:1");
    expect(
      JSON.parse(docker.docker(["inspect", "-f", "{{json .RootFS.Layers}}", "app:1"])),
    ).toEqual(diffIds());
    expect(docker.docker(["inspect", "-f", "{{.Id}}", "app:1"])).toBe(
      box.shale("inspect", "-f", "{{.Id}}", "app:1"),
    );
    expect(docker.docker(["run", "--rm", "--network=none", "app:1"])).toBe("from shale");
  }, 30_000);

  test("podman loads it", () => {
    const home = join(box.work, "podman");
    expect(podman(home, ["load", "-i", archive])).toContain("app:1");
    expect(podman(home, ["image", "inspect", "-f", "{{.Id}}", "app:1"])).toBe(
      box.shale("inspect", "-f", "{{.Id}}", "app:1").replace("sha256:", ""),
    );
  }, 30_000);

  test("skopeo reads it as docker archive and as OCI archive", () => {
    const docker = JSON.parse(execute(["skopeo", "inspect", `docker-archive:${archive}`]));
    expect(docker.Env).toContain("A=b");
    const oci = JSON.parse(execute(["skopeo", "inspect", `oci-archive:${archive}`]));
    expect(oci.Layers).toHaveLength(3);
  }, 30_000);
});

describe("shale loads what is saved by", () => {
  test("docker", () => {
    docker.docker(["load", "-i", archive]);
    docker.docker(["tag", "app:1", "app:docker"]);
    const path = join(box.work, "from-docker.tar");
    docker.docker(["save", "-o", path, "app:docker"]);
    expect(box.shale("load", "-i", path)).toBe("Loaded image: app:docker");
    expect(box.shale("run", "--rm", "--network", "none", "app:docker")).toBe("from shale");
  }, 30_000);

  test("podman, in both of its formats", () => {
    const home = join(box.work, "podman");
    podman(home, ["load", "-i", archive]);
    podman(home, ["tag", "app:1", "localhost/app:podman"]);
    for (const format of ["docker-archive", "oci-archive"]) {
      const path = join(box.work, `from-podman-${format}.tar`);
      podman(home, ["save", "--format", format, "-o", path, "localhost/app:podman"]);
      expect(box.shale("load", "-i", path)).toContain("Loaded image: localhost/app:podman");
    }
    expect(box.shale("run", "--rm", "--network", "none", "localhost/app:podman")).toBe(
      "from shale",
    );
  }, 60_000);

  test("skopeo, gzip-compressed layers in an OCI archive", () => {
    const path = join(box.work, "from-skopeo.tar");
    execute([
      "skopeo",
      "--insecure-policy",
      "copy",
      "--dest-compress",
      `docker-archive:${archive}`,
      `oci-archive:${path}:app:skopeo`,
    ]);
    box.shale("load", "-i", path);
    expect(JSON.parse(box.shale("inspect", "-f", "{{json .RootFS.Layers}}", "app:skopeo"))).toEqual(
      diffIds(),
    );
  }, 30_000);
});
