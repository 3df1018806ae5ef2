import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openState } from "./index.ts";

const WRITER = join(import.meta.dir, "testdata/writer.ts");

let root: string;
const running: Bun.Subprocess[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "shale-state-"));
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill(9);
  rmSync(root, { recursive: true, force: true });
});

function writer(name: string, mode: string) {
  const child = Bun.spawn([process.execPath, WRITER, root, name, mode], { stdout: "pipe" });
  running.push(child);
  return child;
}

/** Waits for the child's next words. */
async function said(child: Bun.Subprocess<"ignore", "pipe">, text: string): Promise<void> {
  const reader = child.stdout.getReader();
  for (let seen = ""; !seen.includes(text); ) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the child ended before it said ${text}`);
    seen += new TextDecoder().decode(value);
  }
  reader.releaseLock();
}

function integrity(): unknown {
  using raw = new Database(join(root, "db.sqlite"));
  return raw.query("PRAGMA integrity_check").get();
}

test("several processes make the database at once and all write", async () => {
  const children = ["a", "b", "c", "d"].map((name) => writer(name, "count"));
  expect(await Promise.all(children.map((child) => child.exited))).toEqual([0, 0, 0, 0]);
  using state = openState(root);
  expect(state.facts.get("test", "count")).toBe("400");
  expect(state.images.list()).toHaveLength(400);
});

test("kill -9 in the middle leaves whole transactions only", async () => {
  const children = ["a", "b", "c"].map((name) => writer(name, "forever"));
  await Promise.all(children.map((child) => said(child, "going")));
  await Bun.sleep(60);
  for (const child of children) child.kill(9);
  await Promise.all(children.map((child) => child.exited));
  expect(integrity()).toEqual({ integrity_check: "ok" });
  using state = openState(root);
  expect(state.images.list().length).toBe(Number(state.facts.get("test", "count")));
});

test("a lease holds while its process lives and not after", async () => {
  const child = writer("a", "lease");
  await said(child, "held");
  using state = openState(root);
  using own = state.leases.open("test");
  own.hold("blob", "one", "two");
  const held = (keys: string[]) => keys.map((key) => ({ resource: "blob" as const, key }));
  expect(state.leases.held()).toEqual(held(["of-a", "one", "two"]));
  child.kill(9);
  await child.exited;
  expect(state.leases.held()).toEqual(held(["one", "two"]));
});

test("a lease that was let go holds nothing and can hold nothing more", () => {
  using state = openState(root);
  const lease = state.leases.open("test");
  lease.hold("image", "x");
  lease[Symbol.dispose]();
  expect(state.leases.held()).toEqual([]);
  expect(() => lease.hold("image", "y")).toThrow("closed");
});

test("leases that are still open go with the state that opened them", () => {
  const ending = openState(root);
  ending.leases.open("test").hold("image", "x");
  ending.leases.open("dropped")[Symbol.dispose]();
  ending[Symbol.dispose]();
  using state = openState(root);
  expect(state.leases.held()).toEqual([]);
});

test("a lease of an earlier boot, or of another process with the pid, counts for nothing", () => {
  using state = openState(root);
  using lease = state.leases.open("test");
  lease.hold("image", "x");
  using raw = new Database(join(root, "db.sqlite"));
  raw.run("UPDATE leases SET start = start + 1");
  expect(state.leases.held()).toEqual([]);
});
