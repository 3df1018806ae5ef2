import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBeneath } from "./open-beneath.ts";

let base: string;
let directory: number;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "shale-beneath-"));
  mkdirSync(join(base, "inside/dir"), { recursive: true });
  writeFileSync(join(base, "inside/dir/file"), "inside");
  mkdirSync(join(base, "outside"));
  writeFileSync(join(base, "outside/file"), "outside");
  directory = openSync(join(base, "inside"), "r");
});

afterEach(() => {
  closeSync(directory);
  rmSync(base, { recursive: true });
});

function read(path: string): string {
  const fd = openBeneath(directory, path);
  try {
    return readFileSync(`/proc/self/fd/${fd}`, "utf8");
  } finally {
    closeSync(fd);
  }
}

describe("opening beneath a directory", () => {
  test("follows what stays inside", () => {
    symlinkSync("dir/../dir", join(base, "inside/link"));
    expect([read("dir/file"), read("link/file")]).toEqual(["inside", "inside"]);
  });

  test.each(["/etc", "..", "dir/../..", "up/file", "abs", "magic/etc"])("refuses %s", (path) => {
    for (const [name, target] of [
      ["up", "../outside"],
      ["abs", "/etc"],
      ["magic", "/proc/self/root"],
    ] as const)
      symlinkSync(target, join(base, "inside", name));
    expect(() => read(path)).toThrow("leads out of its directory");
  });

  test("says what is missing", () => {
    expect(() => read("dir/nope")).toThrow(/nope: .*ENOENT/);
  });

  test("never leads out while directories and links change places", async () => {
    const swap =
      "until [ -e stop ]; do mv dir real; ln -s ../outside dir; rm dir; mv real dir; done";
    const swapper = Bun.spawn(["sh", "-c", swap], { cwd: join(base, "inside"), stderr: "ignore" });
    const seen = new Set<string>();
    for (let tries = 0; tries < 3000 || !seen.has("inside"); tries++) {
      try {
        seen.add(read("dir/file"));
      } catch {
        seen.add("refused");
      }
    }
    writeFileSync(join(base, "inside/stop"), "");
    await swapper.exited;
    expect(seen).not.toContain("outside");
  });
});
