import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { able, Sandbox } from "../../src/container/testing/sandbox.ts";

setDefaultTimeout(30_000);

/** Needs root, crun, conmon, nft and busybox; skipped elsewhere. */
describe.skipIf(!able)("a health check", () => {
  const box = new Sandbox();
  beforeAll(() => box.open().then(() => undefined));
  afterEach(() => box.clear());
  afterAll(() => box[Symbol.asyncDispose]());

  async function shale(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await box.run(args);
    if (code !== 0) throw new Error(`shale ${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  }

  function run(command: string, ...flags: string[]): Promise<string> {
    const often = ["--health-interval", "50ms", "--health-retries", "2"];
    const health = ["--health-cmd", command, ...often, ...flags];
    return shale("run", "-d", "--network", "none", ...health, "box", "sleep", "60");
  }

  /** Waits until the container has turned so. */
  async function becomes(id: string, status: "healthy" | "unhealthy", since = "1h"): Promise<void> {
    const filters = ["-f", `container=${id}`, "-f", "event=health_status"];
    const format = ["--format", "{{.Action}}", "--since", since];
    const events = box.spawn(["events", ...format, ...filters], {
      stdout: "pipe",
      stderr: "ignore",
    });
    const lines = createInterface({ input: Readable.fromWeb(events.stdout as never) });
    for await (const line of lines) if (line === `health_status: ${status}`) break;
    events.kill();
    await events.exited;
  }

  async function healthOf(id: string) {
    return JSON.parse(await shale("inspect", "-f", "{{json .State.Health}}", id));
  }

  /** Whether somebody still looks after it. */
  function isWatched(id: string): boolean {
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return pids.some((pid) => commandLineOf(pid).includes(`check-health\0${id}`));
  }

  test("turns with what the command says, and is shown", async () => {
    const id = await run("echo so; test -e /well");
    await becomes(id, "unhealthy");
    expect(await healthOf(id)).toMatchObject({
      Status: "unhealthy",
      Log: expect.arrayContaining([expect.objectContaining({ ExitCode: 1, Output: "so\n" })]),
    });
    expect(await shale("ps", "--format", "{{.Status}}")).toEndWith(" (unhealthy)");
    await shale("exec", id, "touch", "/well");
    await becomes(id, "healthy");
    expect(await healthOf(id)).toMatchObject({ Status: "healthy", FailingStreak: 0 });
    expect(await shale("ps", "-q", "-f", "health=healthy", "--no-trunc")).toBe(id);
    expect(await shale("ps", "-q", "-f", "health=unhealthy")).toBe("");
  });

  test("ends with its container, and begins again with it", async () => {
    const id = await run("true");
    await becomes(id, "healthy");
    expect(isWatched(id)).toBe(true);
    await shale("stop", "-t", "0", id);
    expect(isWatched(id)).toBe(false);
    expect(await healthOf(id)).toMatchObject({ Status: "unhealthy" });
    const since = String(Date.now() / 1000);
    await shale("start", id);
    await becomes(id, "healthy", since);
    await shale("rm", "-f", id);
    expect(isWatched(id)).toBe(false);
  });

  test("that takes too long is killed", async () => {
    const id = await run("sleep 61", "--health-timeout", "100ms", "--health-retries", "1");
    await becomes(id, "unhealthy");
    expect((await healthOf(id)).Log[0]).toMatchObject({
      ...{ ExitCode: -1, Output: "Health check exceeded timeout (100ms)" },
    });
    expect(await shale("top", id, "-eo", "pid,args")).not.toContain("sleep 61\n");
  });

  test("of the image is used, unless it is not wanted", async () => {
    const change = 'HEALTHCHECK --interval=50ms CMD ["echo", "from the image"]';
    await shale("commit", "-c", change, await run("true"), "checked");
    const id = await shale("run", "-d", "--network", "none", "checked", "sleep", "60");
    await becomes(id, "healthy");
    expect((await healthOf(id)).Log[0].Output).toBe("from the image\n");
    const flags = ["--network", "none", "--no-healthcheck"];
    const without = await shale("run", "-d", ...flags, "checked", "sleep", "60");
    expect(isWatched(without)).toBe(false);
    expect(await shale("inspect", "-f", "{{.Config.Healthcheck.Test}}", without)).toBe("[NONE]");
  });
});

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
