import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bytes, collect } from "#bytes";
import type { ImportOptions } from "#image";
import { digestOfDigit } from "../testing/images.ts";
import { runCommand } from "../testing/run-command.ts";
import importImage from "./import.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "shale-import-"));
  writeFileSync(join(directory, "rootfs.tar"), "rootfs");
});
afterAll(() => rmSync(directory, { recursive: true }));

async function run(...args: string[]) {
  const asked: unknown[] = [];
  const images = {
    async import(source: Bytes | URL, { signal: _, ...options }: ImportOptions = {}) {
      const text = source instanceof URL ? source.href : await collect(source, 100);
      asked.push(Buffer.from(text as string).toString(), options);
      return digestOfDigit("a");
    },
  };
  return { ...(await runCommand(importImage, args, { images, directory })), asked };
}

test("a file, with all that can be said of it", async () => {
  const changes = ["CMD /bin/sh", "ENV a=b"];
  expect(
    await run(
      ...["-c", changes[0]!, "--change", changes[1]!, "-m", "why", "--platform", "linux/arm64"],
      ...["rootfs.tar", "base:1"],
    ),
  ).toEqual({
    code: 0,
    stdout: `${digestOfDigit("a")}\n`,
    stderr: "",
    asked: [
      "rootfs",
      {
        name: "base:1",
        message: "why",
        platform: { os: "linux", architecture: "arm64" },
        changes,
      },
    ],
  });
});

test("a URL is for the service to fetch", async () => {
  expect((await run("https://example.com/rootfs.tar")).asked).toEqual([
    "https://example.com/rootfs.tar",
    { changes: [] },
  ]);
});

test("a file that is not there", async () => {
  expect(await run("nope.tar")).toEqual({
    code: 1,
    stdout: "",
    stderr: "Error: open nope.tar: no such file or directory\n",
    asked: [],
  });
});
