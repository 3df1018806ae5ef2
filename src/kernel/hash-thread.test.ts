import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startHashThread } from "./index.ts";

let directory: string;
let fd: number;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "shale-hash-"));
  fd = openSync(join(directory, "file"), "wx+");
});
afterEach(() => {
  closeSync(fd);
  rmSync(directory, { recursive: true });
});

const sha256 = (bytes: Uint8Array) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
const numbered = (size: number) => Uint8Array.from({ length: size }, (_, at) => (at * 7) % 251);

describe("a hash thread", () => {
  test("writes all it is given, in order, after what is there, and hashes the whole", () => {
    const all = numbered(9_000_000);
    writeSync(fd, all, 0, 1_500_000, 0);
    const thread = startHashThread({ fd, algorithm: "sha256", start: 1_500_000 });
    for (let at = 1_500_000, size = 1; at < all.length; at += size, size = size * 3 + 1)
      thread.write(all.subarray(at, at + size));
    const digest = thread.finish();
    thread.stop();
    expect(readFileSync(join(directory, "file"))).toEqual(Buffer.from(all));
    expect(digest).toBe(sha256(all));
  });

  test("may be given memory that changes right after", () => {
    const thread = startHashThread({ fd, algorithm: "sha512", start: 0 });
    const buffer = new Uint8Array(100_000);
    for (let turn = 0; turn < 100; turn++) thread.write(buffer.fill(turn));
    thread.finish();
    const written = readFileSync(join(directory, "file"));
    expect(written.length).toBe(10_000_000);
    expect(written.every((byte, at) => byte === Math.floor(at / 100_000))).toBe(true);
  });

  test("gives nothing for nothing, and lets go of the file when stopped", () => {
    const idle = startHashThread({ fd, algorithm: "sha256", start: 0 });
    expect(idle.finish()).toBe(sha256(new Uint8Array()));
    const stopped = startHashThread({ fd, algorithm: "sha256", start: 0 });
    stopped.write(numbered(3_000_000));
    stopped.stop();
    stopped.stop();
  });

  test("keeps no source in memory once it is done", async () => {
    const made = spyOn(URL, "createObjectURL");
    startHashThread({ fd, algorithm: "sha256", start: 0 }).finish();
    startHashThread({ fd, algorithm: "sha256", start: 0 }).stop();
    const urls = made.mock.results.map(({ value }) => value as string);
    made.mockRestore();
    expect(urls).toHaveLength(2);
    for (const url of urls) expect(fetch(url)).rejects.toThrow();
  });

  test("tells of a write that failed (needs /dev/full)", () => {
    const full = openSync("/dev/full", "r+");
    const thread = startHashThread({ fd: full, algorithm: "sha256", start: 0 });
    const attempt = () => {
      for (let turn = 0; turn < 10; turn++) thread.write(numbered(1_000_000));
      thread.finish();
    };
    expect(attempt).toThrow("ENOSPC");
    expect(() => thread.write(numbered(1))).toThrow("ENOSPC");
    thread.stop();
    closeSync(full);
  });
});
