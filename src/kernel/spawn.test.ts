import { describe, expect, test } from "bun:test";
import { chunksOf, collect } from "#bytes";
import { isAlive, pipeThrough, processStart, runTool, spawnProcess } from "./index.ts";

const MANY = 1 << 24;

describe("spawnProcess", () => {
  test("a missing program says how to install it, a missing directory that it is missing", () => {
    expect(() => spawnProcess(["no-such-program-here"])).toThrow("no-such-program-here not found");
    expect(() => spawnProcess(["true"], { cwd: "/no/such/dir" })).toThrow("no directory");
  });

  test("exit codes, signals and abort", async () => {
    expect(await spawnProcess(["sh", "-c", "exit 7"]).exited).toEqual({ code: 7 });
    const killed = await spawnProcess(["sh", "-c", "kill -TERM $$"]).exited;
    expect(killed).toEqual({ code: 143, signal: "SIGTERM" });
    const controller = new AbortController();
    const sleeper = spawnProcess(["sleep", "100"], { signal: controller.signal });
    controller.abort();
    expect(await sleeper.exited).toEqual({ code: 137, signal: "SIGKILL" });
  });

  test("input is written with back pressure and ended", async () => {
    const child = spawnProcess(["sha256sum"], { stdin: "pipe" });
    for (let n = 0; n < 16; n++) await child.stdin!.write(new Uint8Array(1 << 20));
    await child.stdin!.end();
    const sum = Buffer.from(await collect(child.stdout!, 1000)).toString();
    expect(sum).toStartWith("080acf35a507ac9849cfcba47dc2ad83e01b75663a516279c8b9d243b719643e");
  });

  test("extra descriptors are pipes both ways", async () => {
    const child = spawnProcess(["sh", "-c", "echo to-parent >&3"], { extra: ["pipe"] });
    expect(await new Response(Bun.file(child.extra[0]!).stream()).text()).toBe("to-parent\n");
  });

  test("a terminal of the size asked for", async () => {
    let seen = "";
    const onData = (chunk: Uint8Array) => {
      seen += Buffer.from(chunk).toString();
    };
    const child = spawnProcess(["stty", "size"], { terminal: { rows: 12, columns: 34, onData } });
    await child.exited;
    expect(seen).toContain("12 34");
  });
});

test("runTool gives the output, or fails with the tool's words", async () => {
  expect((await runTool(["tr", "a-z", "A-Z"], { input: "hello" })).stdout).toBe("HELLO");
  await expect(runTool(["sh", "-c", "echo broken >&2; exit 3"])).rejects.toThrow(
    "sh failed (exit code 3): broken",
  );
});

describe("pipeThrough", () => {
  test("streams more than any pipe holds", async () => {
    const zeros = (async function* () {
      for (let n = 0; n < MANY; n += 1 << 16) yield new Uint8Array(1 << 16);
    })();
    const packed = pipeThrough(["xz", "-0c"], zeros);
    expect((await collect(pipeThrough(["xz", "-dc"], packed), MANY)).length).toBe(MANY);
  });

  test("damaged input is data-loss with the program's words", async () => {
    const output = collect(pipeThrough(["xz", "-dc"], chunksOf(Buffer.from("not xz"))), 100);
    await expect(output).rejects.toThrow("xz failed (exit code 1)");
  });

  test("an input that fails fails the output", async () => {
    const broken = (async function* () {
      yield new Uint8Array(10);
      throw new Error("network gone");
    })();
    await expect(collect(pipeThrough(["cat"], broken), 100)).rejects.toThrow("network gone");
  });

  test("a reader that stops ends the program, and so does an abort", async () => {
    const endless = async function* () {
      for (;;) yield new Uint8Array(1 << 16);
    };
    for await (const _ of pipeThrough(["cat"], endless())) break;
    const controller = new AbortController();
    const { signal } = controller;
    const reading = (async () => {
      for await (const _ of pipeThrough(["cat"], endless(), { signal })) controller.abort();
    })();
    await expect(reading).rejects.toThrow("abort");
  });
});

test("a process is known by pid and start", async () => {
  const child = spawnProcess(["sleep", "100"]);
  const start = processStart(child.pid)!;
  expect(isAlive(child.pid, start)).toBe(true);
  expect(isAlive(child.pid, start - 1)).toBe(false);
  child.kill("SIGKILL");
  await child.exited;
  expect(isAlive(child.pid, start)).toBe(false);
});
