import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findOutputTarget } from "./output-target.ts";

let base: string;
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "shale-target-")));
  mkdirSync(join(base, "d"));
  writeFileSync(join(base, "file"), "");
});
afterEach(() => rmSync(base, { recursive: true }));

const link = (target: string, name: string) => symlinkSync(target, join(base, name));

test("a file, old or new", () => {
  expect(findOutputTarget(base, "file")).toEqual({ path: `${base}/file`, inPlace: false });
  expect(findOutputTarget("/", `${base}/d/new`)).toEqual({ path: `${base}/d/new`, inPlace: false });
});

test("a link stays; what it leads to is written, there or not", () => {
  link("d/new", "dangling");
  link("dangling", "chain");
  link("d", "directory");
  expect(findOutputTarget(base, "chain")).toEqual({ path: `${base}/d/new`, inPlace: false });
  expect(findOutputTarget(base, "directory/x")).toEqual({ path: `${base}/d/x`, inPlace: false });
});

test("devices, pipes and open files are written in place", () => {
  const made = Bun.spawnSync(["mkfifo", join(base, "fifo")]);
  expect(made.exitCode).toBe(0);
  expect(findOutputTarget(base, "fifo").inPlace).toBe(true);
  expect(findOutputTarget(base, "/dev/null")).toEqual({ path: "/dev/null", inPlace: true });
  // Like /dev/stdout: what is behind it may be a regular file that somebody has open.
  link("/proc/self/fd/0", "stdin");
  const { path, inPlace } = findOutputTarget(base, "stdin");
  expect([path, inPlace]).toEqual([`/proc/${process.pid}/fd/0`, true]);
});

test.each([
  ["d", "cannot write to a directory"],
  ["d/", "cannot write to a directory"],
  ["absent/", "invalid output path: stat absent: no such file or directory"],
  ["absent/x", "invalid output path: stat absent: no such file or directory"],
  ["file/x", "invalid output path: stat file: not a directory"],
  ["file/", "invalid output path: stat file: not a directory"],
  ["loop", "open loop: too many levels of symbolic links"],
])("%s: %s", (given, message) => {
  link("loop", "loop");
  expect(() => findOutputTarget(base, given)).toThrow(message);
});
