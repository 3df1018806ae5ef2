import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collect } from "#bytes";
import type { CommandContext } from "./context.ts";
import { openInput } from "./input.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "shale-input-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

const open = (path: string, signal = new AbortController().signal) =>
  openInput({ directory } as CommandContext, path, signal);

test("a file's bytes, whatever their number", async () => {
  const content = crypto.getRandomValues(new Uint8Array(65_000));
  writeFileSync(join(directory, "some"), content);
  writeFileSync(join(directory, "none"), "");
  expect(Buffer.from(await collect(await open("some"), 1e6)).equals(content)).toBe(true);
  expect(await collect(await open("none"), 10)).toHaveLength(0);
});

test.each([
  ["absent", "open absent: no such file or directory"],
  [".", "read .: is a directory"],
])("%s: %s", async (path, message) => {
  expect(open(path)).rejects.toThrow(message);
});

test("devices, also endless ones, which can be interrupted", async () => {
  expect(await collect(await open("/dev/null"), 10)).toHaveLength(0);
  const controller = new AbortController();
  const bytes = (await open("/dev/zero", controller.signal))[Symbol.asyncIterator]();
  expect((await bytes.next()).value.length).toBeGreaterThan(0);
  controller.abort(new Error("interrupted"));
  expect(bytes.next()).rejects.toThrow("interrupted");
});

test("a reader that waits can be interrupted", async () => {
  const path = join(directory, "fifo");
  Bun.spawnSync(["mkfifo", path]);
  const writer = Bun.spawn(["sh", "-c", `exec 3>"${path}"; echo begun >&3; read never`], {
    stdin: "pipe",
  });
  const controller = new AbortController();
  const bytes = (await open("fifo", controller.signal))[Symbol.asyncIterator]();
  expect(Buffer.from((await bytes.next()).value).toString()).toBe("begun\n");
  const waiting = bytes.next();
  controller.abort(new Error("interrupted"));
  expect(waiting).rejects.toThrow("interrupted");
  await waiting.catch(() => {});
  writer.kill();
});
