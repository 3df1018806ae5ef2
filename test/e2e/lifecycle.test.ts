import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { able, Sandbox } from "../../src/container/testing/sandbox.ts";

setDefaultTimeout(60_000);

const ID = /^[0-9a-f]{64}\n$/;
const FOREVER = ["box", "sh", "-c", "trap 'exit 3' TERM; while :; do sleep 0.05; done"];

/** Needs root, crun, conmon, nft and busybox; skipped elsewhere. */
describe.skipIf(!able)("the life of a container on the command line", () => {
  const box = new Sandbox();
  const shale = (...args: string[]) => box.run(args);
  const detached = (...args: string[]) => shale("run", "-d", "--network", "none", ...args);
  beforeAll(() => box.open().then(() => undefined));
  afterEach(() => box.clear());
  afterAll(() => box[Symbol.asyncDispose]());

  async function statusOf(name: string): Promise<string> {
    return (await shale("inspect", "-f", "{{.State.Status}}", name)).stdout.trim();
  }

  async function until(name: string, status: string): Promise<void> {
    while ((await statusOf(name)) !== status) await Bun.sleep(20);
  }

  test("run -d, stop, start, restart, kill, wait, rm", async () => {
    const started = await detached("--name", "some", ...FOREVER);
    expect(started).toMatchObject({ code: 0, stdout: expect.stringMatching(ID), stderr: "" });
    expect((await shale("ps", "--format", "{{.Names}} {{.State}}")).stdout).toBe("some running\n");
    expect(await shale("stop", "-t", "0", "some")).toEqual({
      code: 0,
      stdout: "some\n",
      stderr: "",
    });
    expect((await shale("wait", "some")).stdout).toBe("137\n");
    for (const verb of ["start", "restart", "pause", "unpause", "kill"])
      expect(await shale(verb, "some")).toEqual({ code: 0, stdout: "some\n", stderr: "" });
    const waiting = shale("wait", "some", "nosuch");
    expect(await waiting).toEqual({
      code: 1,
      stdout: "137\n",
      stderr: "Error: No such container: nosuch\n",
    });
    expect(await shale("rm", "some")).toMatchObject({ code: 0, stdout: "some\n" });
    expect(box.leftovers()).toEqual([]);
  });

  test("create and start with its output", async () => {
    const file = join(box.directory, "cid");
    const created = await shale("create", "--cidfile", file, "--name", "made", "box", "echo", "hi");
    expect(created.stdout).toMatch(ID);
    expect(readFileSync(file, "utf8")).toBe(created.stdout.trim());
    const again = await shale("create", "--cidfile", file, "box");
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toContain("container ID file found, make sure the other container isn't");
    expect(await shale("start", "-a", "made")).toEqual({ code: 0, stdout: "hi\n", stderr: "" });
    expect(await shale("start", "nosuch", "made")).toEqual({
      code: 1,
      stdout: "made\n",
      stderr: "Error: No such container: nosuch\nError: failed to start containers: nosuch\n",
    });
    const unmade = join(box.directory, "unmade");
    await shale("create", "--pull", "never", "--cidfile", unmade, "nosuch");
    expect(existsSync(unmade)).toBe(false);
  });

  test("every command on a wrong state says the state", async () => {
    const id = (await detached("--name", "up", ...FOREVER)).stdout.trim();
    await shale("create", "--name", "down", "box");
    const down = (await shale("inspect", "-f", "{{.Id}}", "down")).stdout.trim();
    await shale("pause", "up");
    const cases: [string[], string][] = [
      [["pause", "up"], `Container ${id} is already paused`],
      [["start", "up"], "cannot start a paused container, try unpause instead"],
      [["rm", "up"], `You cannot remove a paused container ${id}. Unpause and then stop`],
      [["unpause", "down"], `Container ${down} is not paused`],
      [["pause", "down"], `Container ${down} is not running`],
      [["kill", "down"], `Cannot kill container: down: Container ${down} is not running`],
      [["rename", "down", "up"], 'The container name "/up" is already in use'],
      [["rename", "down", "down"], "Renaming a container with the same name as its current name"],
      [["update", "down"], "you must provide one or more flags when using this command"],
      [["update", "--restart", "bad", "down"], "invalid restart policy 'bad'"],
      [["create", "--restart", "always:3", "box"], "maximum retry count cannot be used with"],
      [["kill", "-s", "NOSUCH", "up"], "nvalid signal: NOSUCH"],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await shale(...args);
      expect([args, stderr]).toEqual([args, expect.stringContaining(message)]);
      expect(code).toBe(1);
    }
    expect(await shale("rm", "-f", "nosuch")).toMatchObject({ code: 0 });
    expect(await shale("stop", "down")).toMatchObject({ code: 0, stdout: "down\n" });
  });

  test("--restart goes on without anybody there, until stop", async () => {
    await detached("--name", "some", "--restart", "always", "box", "false");
    const count = () => shale("inspect", "-f", "{{.RestartCount}}", "some");
    while (Number((await count()).stdout) < 2) await Bun.sleep(20);
    await shale("stop", "some");
    expect(await statusOf("some")).toBe("exited");
    expect((await shale("start", "some")).code).toBe(0);
    expect((await shale("rm", "-f", "some")).code).toBe(0);
    expect(box.leftovers()).toEqual([]);
  });

  test("a run with its output gives the first end, while its policy goes on", async () => {
    const policy = ["--restart", "on-failure:2", "--name", "some"];
    const first = await shale("run", "--network", "none", ...policy, "box", "sh", "-c", "exit 6");
    expect(first.code).toBe(6);
    while ((await shale("inspect", "-f", "{{.RestartCount}}", "some")).stdout !== "2\n")
      await Bun.sleep(20);
    await until("some", "exited");
  });

  test("container prune asks, and removes what is down", async () => {
    const id = (await shale("create", "--name", "down", "box")).stdout.trim();
    await detached("--name", "up", ...FOREVER);
    const asked = await shale("container", "prune");
    expect(asked.stdout).toBe(
      "WARNING! This will remove all stopped containers.\nAre you sure you want to continue? [y/N] ",
    );
    expect((await shale("container", "prune", "-f")).stdout).toBe(
      `Deleted Containers:\n${id}\n\nTotal reclaimed space: 0B\n`,
    );
    expect((await shale("ps", "-a", "--format", "{{.Names}}")).stdout).toBe("up\n");
  });

  test("system restore starts what should run, and says how at every boot", async () => {
    await detached("--name", "some", "--restart", "always", ...FOREVER);
    await shale("stop", "-t", "0", "some");
    expect(await shale("system", "restore")).toEqual({ code: 0, stdout: "some\n", stderr: "" });
    expect(await statusOf("some")).toBe("running");
    const { stdout } = await shale("system", "restore", "--print-unit");
    const unit = join(box.directory, "shale-restore.service");
    writeFileSync(unit, stdout);
    const verified = Bun.spawnSync(["systemd-analyze", "verify", unit]);
    expect(verified.stderr.toString()).not.toContain("shale-restore");
  });
});
