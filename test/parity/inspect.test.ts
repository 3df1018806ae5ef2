// A container inspected and listed by Docker and by shale. Needs root, dockerd, crun, conmon, nft.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Dockerd, startDockerd } from "../peers.ts";
import { base, createSandbox, type Sandbox } from "../shale.ts";

let docker: Dockerd;
let box: Sandbox;

const CREATE = [
  ...["create", "--name", "one", "-l", "b=2", "-l", "a=1", "-e", "A=1", "--network", "none"],
  ...["--health-cmd", "true", "--health-interval", "5s", "-v", "/tmp:/host:ro", "-v", "/own"],
  ...["--memory", "64m", "--stop-timeout", "3", "busybox", "sh", "-c", "echo a long command line"],
];

beforeAll(async () => {
  docker = await startDockerd();
  box = createSandbox();
  docker.docker(["import", base("busybox"), "busybox"]);
  box.shale("import", base("busybox"), "busybox");
  docker.docker(CREATE);
  box.shale(...CREATE);
}, 120_000);

afterAll(async () => {
  box.run(["rm", "-fv", "one"]);
  box[Symbol.dispose]();
  await docker[Symbol.asyncDispose]();
});

/** Where the storage driver is another one, so is what it has to say. */
const OWN_KEYS = /^\.GraphDriver\.Data/;

test("inspect has Docker's keys, in its order", () => {
  const keys = (text: string) => keysOf(JSON.parse(text)[0]).filter((key) => !OWN_KEYS.test(key));
  expect(keys(box.shale("inspect", "-s", "one"))).toEqual(
    keys(docker.docker(["inspect", "-s", "one"])),
  );
});

test.each([
  "HostConfig.Binds",
  "HostConfig.RestartPolicy",
  "HostConfig.LogConfig",
  "HostConfig.Memory",
  "HostConfig.MemorySwap",
  "Config.Healthcheck",
  "Config.Env",
  "Config.Volumes",
  "NetworkSettings.Networks",
  "State",
])("%s says the same", (key) => {
  const format = `{{json .${key}}}`;
  const own = box.shale("inspect", "-f", format, "one");
  expect(withoutIds(own)).toBe(withoutIds(docker.docker(["inspect", "-f", format, "one"])));
});

test.each([
  "table {{.Image}}\t{{.Command}}\t{{.Status}}\t{{.Names}}\t{{.State}}\t{{.Networks}}",
  '{{.Label "a"}}|{{.LocalVolumes}}|{{.Ports}}|{{.State}}',
])("ps --format %j", (format) => {
  const args = ["ps", "-a", "--format", format];
  expect(box.shale(...args)).toBe(docker.docker(args));
});

function keysOf(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, one]) => [path, ...keysOf(one, `${path}.${key}`)]);
}

function withoutIds(text: string): string {
  return text.replace(/[0-9a-f]{64}/g, "ID");
}
