// The same Dockerfiles built by Docker's classic builder and by shale. Docker itself flattens both
// images (`docker export`), so the comparison rests on none of our own code but the tar reader.
// Needs root, dockerd, crun.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Dockerd, execute, startDockerd } from "../peers.ts";
import { base, createSandbox, program, type Sandbox } from "../shale.ts";
import { type Case, cases } from "./cases.ts";
import { differences, treeOf } from "./tree.ts";

/**
 * What may differ, and why: these config fields, in which the classic builder records the
 * container it ran the steps in. Not compared: setuid bits of copied files, which the classic
 * builder strips and BuildKit, like shale, keeps; modification times, which both set to the time
 * of the build for directories they touch.
 */
const EXPLAINED_FIELDS = [
  "Hostname",
  "Domainname",
  "Image",
  "AttachStdin",
  "AttachStdout",
  "AttachStderr",
  "Tty",
  "OpenStdin",
  "StdinOnce",
];

let docker: Dockerd;
let box: Sandbox;

beforeAll(async () => {
  docker = await startDockerd();
  box = createSandbox();
  docker.docker(["import", base("busybox"), "busybox"]);
  box.shale("import", base("busybox"), "busybox");
}, 120_000);

afterAll(async () => {
  box[Symbol.dispose]();
  await docker[Symbol.asyncDispose]();
});

describe("the classic builder and shale make the same image of", () => {
  for (const each of cases) {
    test(each.name, async () => {
      const context = contextOf(each);
      const buildArgs = (each.buildArgs ?? []).flatMap((value) => ["--build-arg", value]);
      const name = `parity-${each.name}`;
      docker.docker(["build", "--network=none", "-q", ...buildArgs, "-t", name, context], {
        env: { DOCKER_BUILDKIT: "0" },
      });
      box.shale("build", "-q", ...buildArgs, "-t", `${name}:shale`, context);
      execute([
        "sh",
        "-c",
        `'${program}' --root '${box.root}' save '${name}:shale' > '${box.work}/image.tar'`,
      ]);
      docker.docker(["load", "-i", join(box.work, "image.tar")]);

      expect(configOf(docker, `${name}:shale`)).toEqual(configOf(docker, name));
      expect(shaleConfig(box, `${name}:shale`)).toEqual(configOf(docker, name));
      expect(differences(await flatten(name), await flatten(`${name}:shale`))).toEqual([]);
    }, 60_000);
  }
});

function contextOf({ name, dockerfile, files, prepare }: Case): string {
  const context = box.files(name, { ...files, Dockerfile: dockerfile });
  if (prepare) execute(["sh", "-ec", prepare], { cwd: context });
  return context;
}

function configOf(dockerd: Dockerd, image: string): object {
  const [inspected] = JSON.parse(dockerd.docker(["inspect", image]));
  return comparable(inspected);
}

function shaleConfig(sandbox: Sandbox, image: string): object {
  const [inspected] = JSON.parse(sandbox.shale("inspect", image));
  return comparable(inspected);
}

function comparable(inspected: Record<string, unknown>): object {
  const config = Object.entries(inspected.Config as object)
    .filter(([field, value]) => !EXPLAINED_FIELDS.includes(field) && !isEmpty(value))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    Os: inspected.Os,
    Architecture: inspected.Architecture,
    Author: inspected.Author ?? "",
    Config: Object.fromEntries(config),
  };
}

/** `null`, `[]`, `{}`, `""` and absent are one thing to every reader of a config. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === "" || value === false) return true;
  return typeof value === "object" && Object.keys(value as object).length === 0;
}

async function flatten(image: string): Promise<Map<string, string>> {
  const container = docker.docker(["create", image, "x"]);
  const path = join(box.work, "flat.tar");
  docker.docker(["export", "-o", path, container]);
  docker.docker(["rm", "-v", container]);
  const tree = await treeOf(path);
  expect(readFileSync(path).length).toBeGreaterThan(512);
  rmSync(path);
  return tree;
}
