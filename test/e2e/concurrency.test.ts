// Several processes on one store. Needs root and crun.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { base, createSandbox, type Sandbox } from "../shale.ts";

let box: Sandbox;

beforeAll(() => {
  box = createSandbox();
  box.shale("import", base("busybox"), "busybox");
}, 60_000);

afterAll(() => box[Symbol.dispose]());

async function all(...commands: string[][]): Promise<string[]> {
  const running = commands.map((args) => box.start(args));
  return await Promise.all(
    running.map(async (child, index) => {
      const [stdout, stderr] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
      ]);
      const code = await child.exited;
      if (code !== 0)
        throw new Error(`shale ${commands[index]!.join(" ")}: exit ${code}\n${stderr}`);
      return stdout + stderr;
    }),
  );
}

test("two builds sharing steps, a load and a prune at once", async () => {
  const archive = join(box.work, "loaded.tar");
  const seed = box.files("seed", { Dockerfile: "FROM busybox\nRUN echo seed > /seed\n" });
  box.shale("build", "-t", "seed", seed);
  box.shale("save", "-o", archive, "seed");
  for (let round = 0; round < 5; round++) {
    box.shale("rmi", "-f", "seed");
    const shared = `FROM busybox\nRUN echo ${round} > /shared; sleep 0.2\n`;
    const left = box.files("left", { Dockerfile: `${shared}RUN echo left > /mine\n` });
    const right = box.files("right", { Dockerfile: `${shared}RUN echo right > /mine\n` });
    await all(
      ["build", "-t", "left", left],
      ["build", "-t", "right", right],
      ["load", "-i", archive],
      ["image", "prune", "-f"],
    );
    expect(box.shale("run", "--rm", "--network", "none", "left", "cat", "/shared", "/mine")).toBe(
      `${round}\nleft`,
    );
    expect(box.shale("run", "--rm", "--network", "none", "right", "cat", "/shared", "/mine")).toBe(
      `${round}\nright`,
    );
    expect(box.shale("run", "--rm", "--network", "none", "seed", "cat", "/seed")).toBe("seed");
  }
}, 120_000);

test("two builds of one step do it once", async () => {
  const once = box.files("once", {
    Dockerfile: "FROM busybox\nRUN sleep 0.5; cat /proc/sys/kernel/random/uuid > /id\n",
  });
  await all(["build", "-t", "first", once], ["build", "-t", "second", once]);
  expect(box.shale("images", "-q", "first")).toBe(box.shale("images", "-q", "second"));
}, 30_000);

test("an image that is being run from is not removed", async () => {
  const busy = box.start([
    "run",
    "--rm",
    "--network",
    "none",
    "--name",
    "busy",
    "busybox",
    "sleep",
    "3",
  ]);
  for (let tries = 0; tries < 50 && !box.shale("ps", "-a").includes("busy"); tries++)
    await Bun.sleep(50);
  await Bun.sleep(300);
  const refused = box.run(["rmi", "-f", box.shale("images", "-q", "busybox")]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("container");
  expect(await busy.exited).toBe(0);
}, 30_000);

test("eight imports of one archive at once", async () => {
  await all(
    ...Array.from({ length: 8 }, (_, index) => ["import", base("busybox"), `many:${index}`]),
  );
  expect(box.shale("images", "-q", "many").split("\n")).toHaveLength(8);
}, 60_000);
