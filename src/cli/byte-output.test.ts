import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  closeSync,
  constants,
  lstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chunksOf } from "#bytes";
import { openByteOutput } from "./byte-output.ts";
import type { CommandContext } from "./context.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "shale-output-"));
  Bun.spawnSync(["mkfifo", join(directory, "fifo")]);
});
afterAll(() => rmSync(directory, { recursive: true }));

const open = (path: string) =>
  openByteOutput({ directory } as CommandContext, path, "failed to test");
const bytes = () => chunksOf(Buffer.from("a".repeat(100_000)), Buffer.from("b"));

test("a pipe gets all and stays a pipe", async () => {
  const reader = Bun.spawn(["sh", "-c", "wc -c < fifo"], { cwd: directory, stdout: "pipe" });
  await open("fifo").write(bytes(), new AbortController().signal);
  expect((await new Response(reader.stdout).text()).trim()).toBe("100001");
  expect(lstatSync(join(directory, "fifo")).isFIFO()).toBe(true);
});

test("waiting for a pipe's reader can be interrupted", async () => {
  const controller = new AbortController();
  const written = open("fifo").write(bytes(), controller.signal);
  controller.abort(new Error("interrupted"));
  expect(written).rejects.toThrow("interrupted");
  await written.catch(() => {});
  // Lets the thread go that still opens it.
  closeSync(openSync(join(directory, "fifo"), constants.O_RDONLY | constants.O_NONBLOCK));
});

test("what is behind a link is replaced, and the link stays", async () => {
  writeFileSync(join(directory, "file"), "old");
  symlinkSync("file", join(directory, "link"));
  await open("link").write(bytes(), new AbortController().signal);
  expect(lstatSync(join(directory, "link")).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(directory, "file"))).toHaveLength(100_001);
});
