import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chunksOf } from "#bytes";
import { isAlive } from "#kernel";
import {
  createSupervised,
  resizeTerminal,
  type StartFailure,
  Supervised,
  type SuperviseOptions,
} from "./index.ts";
import type { SpecOptions } from "./spec-options.ts";
import { Fixture, Output } from "./testing/fixture.ts";

const SIGTERM = 15;
const MEBI = 1 << 20;
const fixtures = process.geteuid?.() === 0 ? ["crun", "runc"].map((name) => new Fixture(name)) : [];
afterAll(() => {
  for (const fixture of fixtures) fixture[Symbol.dispose]();
});

async function ended(supervised: Supervised): Promise<void> {
  const { pid, start } = supervised.place.monitor;
  while (isAlive(pid, start)) await Bun.sleep(2);
}

function onlyTest(name: string, body: () => Promise<void>): void {
  test(name, body);
}

describe.each(fixtures)("a supervised container (needs root and conmon)", (fixture) => {
  /** What is conmon's and ours, and need not be seen with every runtime. */
  const testOnce: typeof onlyTest = fixture.runtime.name === "crun" ? onlyTest : () => undefined;
  const create = (
    script: string,
    spec: Partial<SpecOptions> = {},
    options: Partial<SuperviseOptions> = {},
  ) => {
    const directory = mkdtempSync(join(fixture.directory, "logs-"));
    return createSupervised({
      runtime: fixture.runtime,
      id: "c",
      bundle: fixture.bundle(["sh", "-c", script], spec),
      exitDirectory: join(directory, "exits"),
      logPath: join(directory, "log"),
      ...options,
    });
  };

  afterEach(async () => {
    expect(await fixture.leftovers()).toEqual([]);
  });

  testOnce("any path will do for the log", async () => {
    const directory = mkdtempSync(join(fixture.directory, "lög:a,b c-"));
    const logPath = join(directory, "log");
    const options = { logPath, exitCommand: ["/bin/sh", "-c", ": ü"] };
    const supervised = await create("echo out", {}, options);
    await supervised.start();
    expect(await supervised.waitExit()).toBe(0);
    expect(readFileSync(logPath, "utf8")).toEndWith(" stdout F out\n");
    expect(readdirSync(directory)).toEqual(["log"]);
    await supervised.delete();
  });

  test("all output comes, apart, when attached before the start; the log has it too", async () => {
    const logPath = join(mkdtempSync(join(fixture.directory, "log-")), "log");
    const supervised = await create("echo out; echo err >&2; exit 5", {}, { logPath });
    expect(supervised.state()?.status).toBe("created");
    const [stdout, stderr] = [new Output(), new Output()];
    const attachment = supervised.attach({ stdout: stdout.sink, stderr: stderr.sink });
    await supervised.start();
    expect(await attachment.done).toBe("ended");
    expect(await supervised.waitExit()).toBe(5);
    expect([stdout.text, stderr.text]).toEqual(["out\n", "err\n"]);
    const log = readFileSync(logPath, "utf8");
    expect(log).toMatch(/^\S+ stdout F out$/m);
    expect(log).toMatch(/^\S+ stderr F err$/m);
    expect(supervised.state()?.status).toBe("stopped");
    await supervised.delete();
    expect(supervised.state()).toBeUndefined();
  });

  testOnce("10 MB on both streams to a slow reader lose nothing", async () => {
    const zeros = `dd if=/dev/zero bs=${MEBI} count=10 2>/dev/null`;
    const supervised = await create(`${zeros} & (${zeros}) >&2; wait`);
    const sums = [createHash("sha256"), createHash("sha256")];
    let packets = 0;
    const [stdout, stderr] = sums.map((sum) => async (chunk: Uint8Array) => {
      sum.update(chunk);
      if (packets++ % 64 === 0) await Bun.sleep(1);
    });
    const attachment = supervised.attach({ stdout: stdout!, stderr: stderr! });
    await supervised.start();
    await attachment.done;
    const expected = createHash("sha256")
      .update(new Uint8Array(10 * MEBI))
      .digest("hex");
    expect(sums.map((sum) => sum.digest("hex"))).toEqual([expected, expected]);
    expect(await supervised.waitExit()).toBe(0);
    await supervised.delete();
  });

  testOnce("input goes in and ends", async () => {
    const supervised = await create("sha256sum", {}, { stdin: true });
    const input = new Uint8Array(3 * MEBI).fill(65);
    const stdout = new Output();
    const attachment = supervised.attach({
      stdin: chunksOf(input),
      stdout: stdout.sink,
      stderr: stdout.sink,
    });
    await supervised.start();
    await attachment.done;
    expect(stdout.text).toStartWith(createHash("sha256").update(input).digest("hex"));
    expect(await supervised.waitExit()).toBe(0);
    await supervised.delete();
  });

  test("a terminal has the size asked for, and follows a change", async () => {
    const stdout = new Output();
    const script = "stty size; read line; stty size; tty";
    const terminal = { rows: 20, columns: 50 };
    const supervised = await create(script, { terminal }, { stdin: true });
    const { promise: resized, resolve } = Promise.withResolvers<void>();
    const stdin = (async function* () {
      await resized;
      yield Buffer.from("go\n");
      await new Promise(() => {});
    })();
    const sinks = { stdout: stdout.sink, stderr: stdout.sink };
    const attachment = supervised.attach({ stdin, ...sinks });
    await supervised.start();
    while (!stdout.text.includes("20 50")) await Bun.sleep(1);
    resizeTerminal(supervised.place.bundle.directory, { rows: 33, columns: 99 });
    await Bun.sleep(20);
    resolve();
    await attachment.done;
    expect(stdout.text).toBe("20 50\r\ngo\r\n33 99\r\n/dev/pts/0\r\n");
    expect(await supervised.waitExit()).toBe(0);
    await supervised.delete();
  });

  test("signals: a kill, a handler, and the exit code", async () => {
    const supervised = await create(
      "trap 'echo got; exit 9' TERM; echo up; while :; do sleep 0.01; done",
    );
    const stdout = new Output();
    const attachment = supervised.attach({ stdout: stdout.sink, stderr: stdout.sink });
    await supervised.start();
    while (!stdout.text.includes("up")) await Bun.sleep(1);
    supervised.kill(SIGTERM);
    await attachment.done;
    expect(await supervised.waitExit()).toBe(9);
    expect(() => supervised.kill(SIGTERM)).toThrow("is not running");
    await supervised.delete();
    const killed = await create("sleep 100");
    await killed.start();
    await killed.delete({ force: true });
    expect(await killed.waitExit()).toBe(137);
    await ended(killed);
  });

  testOnce("detaching leaves it running; another process finds it again", async () => {
    const script = "while read line; do echo got $line; done";
    const made = await create(script, {}, { stdin: true, keepStdinOpen: true });
    const first = new Output();
    const attachment = made.attach({ stdout: first.sink, stderr: first.sink });
    await made.start();
    attachment[Symbol.dispose]();
    expect(await attachment.done).toBe("detached");
    const found = new Supervised(made.place);
    expect(found.state()?.status).toBe("running");
    const second = new Output();
    const stdin = chunksOf(Buffer.from("hello\n"));
    const again = found.attach({ stdin, stdout: second.sink, stderr: second.sink });
    while (!second.text.includes("got hello")) await Bun.sleep(1);
    const waiting = found.waitExit();
    found.kill(9);
    expect(await waiting).toBe(137);
    expect(await again.done).toBe("ended");
    await found.delete();
    await ended(made);
  });

  test("a program that is missing fails in Docker's words", async () => {
    const directory = mkdtempSync(join(fixture.directory, "logs-"));
    const start = async () => {
      const supervised = await createSupervised({
        runtime: fixture.runtime,
        id: "c",
        bundle: fixture.bundle(["nope"]),
        exitDirectory: directory,
        logPath: join(directory, "log"),
      });
      await supervised.start().finally(() => supervised.delete({ force: true }));
    };
    const failure = (await start().catch((error) => error)) as StartFailure;
    expect(failure.exitCode).toBe(127);
    expect(failure.message).toBe('exec: "nope": executable file not found in $PATH');
    await Bun.sleep(20);
  });

  testOnce("the exit command runs when it has ended", async () => {
    const directory = mkdtempSync(join(fixture.directory, "hook-"));
    const exitCommand = ["/bin/touch", join(directory, "done")];
    const supervised = await create("true", {}, { exitCommand });
    await supervised.start();
    expect(await supervised.waitExit()).toBe(0);
    await ended(supervised);
    expect(existsSync(join(directory, "done"))).toBe(true);
    await supervised.delete();
  });

  testOnce("a supervisor that is killed is noticed, and waiting can be given up", async () => {
    const supervised = await create("sleep 1000");
    await supervised.start();
    await expect(supervised.waitExit(AbortSignal.timeout(5))).rejects.toThrow();
    const found = new Supervised(supervised.place);
    await expect(found.waitExit(AbortSignal.timeout(5))).rejects.toThrow();
    process.kill(supervised.place.monitor.pid, "SIGKILL");
    await expect(supervised.waitExit()).rejects.toThrow("died");
    await expect(found.waitExit()).rejects.toThrow("died");
    await supervised.delete({ force: true });
  });
});
