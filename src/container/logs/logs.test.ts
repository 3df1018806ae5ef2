import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "#engine";
import type { ContainerService, LogEntry, LogOptions } from "../container-service.ts";
import type { HostConfig } from "../host-config.ts";
import { able, Sandbox } from "../testing/sandbox.ts";
import { parseLogConfig } from "./log-config.ts";
import { openLogs, readBlocks } from "./log-files.ts";
import { LogLines } from "./log-line.ts";
import { findTail } from "./log-tail.ts";

setDefaultTimeout(30_000);

const directory = mkdtempSync(join(tmpdir(), "shale-logs-"));
const path = join(directory, "log");
afterAll(() => rmSync(directory, { recursive: true }));

function line(text: string, tag = "F", stream = "stdout", second = 1): string {
  return `2026-11-22T13:40:0${second}.123456789+00:00 ${stream} ${tag} ${text}\n`;
}

/** What a log with these generations says, the oldest first, from the last so many lines on. */
function read(generations: readonly string[], tail?: number): LogEntry[] {
  generations.forEach((text, index) => {
    const age = generations.length - 1 - index;
    writeFileSync(age === 0 ? path : `${path}.${age}`, text);
  });
  const files = openLogs(path);
  const { file, at } = tail === undefined ? { file: 0, at: 0 } : findTail(files, tail);
  const lines = new LogLines();
  const entries = files
    .slice(file)
    .flatMap((one, index) =>
      [...readBlocks(one, index === 0 ? at : 0)].flatMap((block) => lines.read(block)),
    );
  for (const one of files) one[Symbol.dispose]();
  for (let age = 1; age < generations.length; age++) rmSync(`${path}.${age}`);
  return [...entries, ...lines.rest()];
}

function textOf(entries: readonly LogEntry[]): string {
  return entries.map(({ bytes }) => Buffer.from(bytes).toString()).join("");
}

test("lines that came in pieces are put together, each stream for itself", () => {
  const log = line("par", "P") + line("other", "F", "stderr", 2) + line("tial", "F", "stdout", 3);
  const entries = read([`${log}${line("end", "P")}`]);
  expect(entries.map(({ stream, bytes }) => [stream, Buffer.from(bytes).toString()])).toEqual([
    ["stderr", "other\n"],
    ["stdout", "partial\n"],
    ["stdout", "end"],
  ]);
  expect(entries[1]!.time).toBe("2026-11-22T13:40:03.123456789Z");
});

test("the last lines are found from the end, through all generations and blocks", () => {
  const numbered = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => line(`${from + index}`)).join("");
  const log = [numbered(0, 3000), "", numbered(3000, 3002)];
  expect(textOf(read(log, 3))).toBe("2999\n3000\n3001\n");
  expect(read(log, 2500)).toHaveLength(2500);
  expect(read(log, 4000)).toHaveLength(3002);
  expect(read(log, 0)).toEqual([]);
  expect(textOf(read([`${log[0]}${line("pa", "P")}${line("rt", "P")}`], 2))).toBe("2999\npart");
});

test("a file that is renamed while it is read stays the same one", () => {
  writeFileSync(path, line("old"));
  const [file] = openLogs(path);
  renameSync(path, `${path}.1`);
  writeFileSync(path, line("new"));
  expect(openLogs(path).map(({ inode }) => inode === file!.inode)).toEqual([true, false]);
  rmSync(`${path}.1`);
});

test("log options are checked in Docker's words", () => {
  expect(parseLogConfig({ Config: { "max-size": "1.5m", "max-file": "3" } })).toEqual({
    kept: true,
    maxSize: 1_500_000,
    maxFile: 3,
  });
  const wrong = [
    [{ Type: "foo" }, 'error looking up logging plugin foo: plugin "foo" not found'],
    [{ Config: { foo: "x" } }, "unknown log opt 'foo' for json-file log driver"],
    [{ Config: { "max-size": "abc" } }, "failed to initialize logging driver: invalid size: 'abc'"],
    [{ Config: { "max-file": "0" } }, "max-file cannot be less than 1"],
  ] as const;
  for (const [config, message] of wrong) expect(() => parseLogConfig(config)).toThrow(message);
});

/** Needs root, crun, conmon, nft and busybox; skipped elsewhere. */
describe.skipIf(!able)("a container's log", () => {
  const box = new Sandbox();
  let engine: Engine;
  let containers: ContainerService;

  beforeAll(async () => {
    await box.open();
    engine = await box.engine();
    containers = await engine.containers();
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await box[Symbol.asyncDispose]();
  });

  async function start(script: string, hostConfig: HostConfig = {}, more = {}): Promise<string> {
    const config = { Image: "box", Cmd: ["sh", "-c", script], OpenStdin: true, ...more };
    const own = { NetworkMode: "none", ...hostConfig };
    const { id } = await containers.create({ config, hostConfig: own });
    await containers.start(id);
    return id;
  }

  async function logsOf(id: string, options: LogOptions = {}): Promise<string> {
    let text = "";
    for await (const entries of containers.logs(id, options)) text += textOf(entries);
    return text;
  }

  test("is read by stream, time and from any process", async () => {
    const id = await start("echo one; sleep 0.05; echo two >&2; sleep 0.05; printf three");
    await containers.wait(id);
    await using other = await box.engine();
    const entries: LogEntry[] = [];
    for await (const batch of (await other.containers()).logs(id)) entries.push(...batch);
    expect(textOf(entries)).toBe("one\ntwo\nthree");
    expect(await logsOf(id, { stdout: false })).toBe("two\n");
    const second = Date.parse(entries[1]!.time);
    expect(await logsOf(id, { since: second })).toBe("two\nthree");
    expect(await logsOf(id, { until: second })).toBe("one\n");
    expect(await logsOf(id, { tail: 1, follow: true })).toBe("three");
  });

  test("is followed through all its files to the container's end", async () => {
    const script = "seq 1 200; until [ -e /tmp/go ]; do sleep 0.01; done; seq 201 400";
    const limits = { Type: "json-file", Config: { "max-size": "1k", "max-file": "3" } };
    const id = await start(script, { LogConfig: limits });
    const followed = logsOf(id, { follow: true });
    const log = join(box.root, "containers", id, "log");
    while (!existsSync(`${log}.1`)) await Bun.sleep(10);
    const go = await containers.createExec(id, { Cmd: ["touch", "/tmp/go"] });
    await containers.startExecDetached(go);
    const all = Array.from({ length: 400 }, (_, index) => `${index + 1}\n`).join("");
    expect(await followed).toBe(all);
    expect(await logsOf(id, { tail: 2 })).toBe("399\n400\n");
  });

  test("can be limited to one file, say more of each line, or not be kept", async () => {
    const limit = { Type: "", Config: { "max-size": "1k" } };
    const id = await start("seq 1 1000", { LogConfig: limit });
    await containers.wait(id);
    const kept = (await logsOf(id)).trim().split("\n");
    expect(kept.length).toBeLessThan(25);
    expect(kept.at(-1)).toBe("1000");
    const options = { labels: "tier,no", "env-regex": "^W", tag: "t" };
    const logConfig = { Type: "", Config: options };
    const told = await start(
      "echo x",
      { LogConfig: logConfig },
      { Labels: { tier: "a b" }, Env: ["WHO=me"] },
    );
    await containers.wait(told);
    expect(await logsOf(told, { details: true })).toBe("WHO=me,tag=t,tier=a+b x\n");
    const none = await start("echo lost", { LogConfig: { Type: "none" } });
    expect(logsOf(none)).rejects.toThrow("configured logging driver does not support reading");
  });
});
