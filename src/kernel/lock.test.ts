import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockCurrentFile, lockFile, spawnProcess } from "./index.ts";

const directory = mkdtempSync(join(tmpdir(), "shale-lock-"));
const path = join(directory, "lock");
afterAll(() => rmSync(directory, { recursive: true }));

test("shared holders go together, an exclusive one alone", async () => {
  const shared = await lockFile(path, "shared");
  const other = await lockFile(path, "shared", { wait: false });
  await expect(lockFile(path, "exclusive", { wait: false })).rejects.toThrow("is locked");
  await shared[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
  await using _exclusive = await lockFile(path, "exclusive", { wait: false });
});

test("a waiter gets the lock when it is let go, in the order of events", async () => {
  const events: string[] = [];
  const first = await lockFile(path, "exclusive");
  const second = lockFile(path, "exclusive").then((lock) => {
    events.push("second");
    return lock;
  });
  await Bun.sleep(5);
  events.push("first lets go");
  await first[Symbol.asyncDispose]();
  await (await second)[Symbol.asyncDispose]();
  expect(events).toEqual(["first lets go", "second"]);
});

test("a lock of another process excludes, and dies with it", async () => {
  const holder = spawnProcess([
    "flock",
    "--no-fork",
    path,
    "sh",
    "-c",
    "echo held; exec sleep 100",
  ]);
  for await (const _ of holder.stdout!) break;
  await expect(lockFile(path, "shared", { wait: false })).rejects.toThrow("is locked");
  const waiter = lockFile(path, "shared");
  holder.kill("SIGKILL");
  await holder.exited;
  await (await waiter)[Symbol.asyncDispose]();
});

test("waiting can be given up", async () => {
  await using _held = await lockFile(path, "exclusive");
  const controller = new AbortController();
  const waiter = lockFile(path, "exclusive", { signal: controller.signal });
  controller.abort();
  await expect(waiter).rejects.toThrow("abort");
});

test("a file that was renamed while its lock was waited for does not count", async () => {
  const [moving, away] = [join(directory, "moving"), join(directory, "away")];
  const first = await lockCurrentFile(moving);
  const waiter = lockCurrentFile(moving);
  renameSync(moving, away);
  await first[Symbol.asyncDispose]();
  await using _second = await waiter;
  expect(existsSync(moving)).toBe(true);
  await expect(lockFile(moving, "exclusive", { wait: false })).rejects.toThrow("is locked");
  await using _away = await lockFile(away, "exclusive", { wait: false });
});
