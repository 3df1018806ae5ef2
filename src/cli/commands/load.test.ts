import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bytes, collect } from "#bytes";
import type { LoadedImage, LoadOptions } from "#image";
import { digestOfDigit } from "../testing/images.ts";
import { runCommand } from "../testing/run-command.ts";
import load from "./load.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "shale-load-"));
  writeFileSync(join(directory, "a.tar"), "archive");
});
afterAll(() => rmSync(directory, { recursive: true }));

const old = digestOfDigit("0");

function run(args: string[], isTerminal = false) {
  const images = {
    async load(archive: Bytes, { onEvent, platform }: LoadOptions = {}): Promise<LoadedImage[]> {
      const read = Buffer.from(await collect(archive, 100)).toString();
      onEvent?.({ kind: "layer", path: `blobs/sha256/${"c".repeat(64)}`, bytes: 512, total: 2000 });
      onEvent?.({ kind: "renamed", name: "b:2", old });
      return [
        { id: digestOfDigit("a"), names: [`${read}:1`, `${platform?.architecture}:2`] },
        { id: digestOfDigit("b"), names: [] },
      ];
    },
  };
  return runCommand(load, args, { images, directory, isTerminal });
}

const loaded = `\
Loaded image: archive:1
Loaded image: undefined:2
Loaded image ID: ${digestOfDigit("b")}
`;
const renamed = `The image b:2 already exists, renaming the old one with ID ${old} to empty string\n`;

test("says what came in", async () => {
  expect(await run(["-i", "a.tar"])).toEqual({ code: 0, stdout: renamed + loaded, stderr: "" });
});

test("quietly", async () => {
  expect((await run(["-q", "--input", "a.tar"])).stdout).toBe(loaded);
});

test("draws a line per layer on a terminal, and leaves it there", async () => {
  const { stdout } = await run(["-i", "a.tar"], true);
  expect(stdout).toContain(renamed);
  expect(stdout).toEndWith(`cccccccccccc: Loading layer  512B/2kB\n\x1b[?25h${loaded}`);
});

test("asks for a platform", async () => {
  const { stdout } = await run(["-i", "a.tar", "--platform", "linux/arm64"]);
  expect(stdout).toContain("Loaded image: arm64:2\n");
});

test("a file that is not there", async () => {
  expect(await run(["-i", "nope.tar"])).toEqual({
    code: 1,
    stdout: "",
    stderr: "Error: open nope.tar: no such file or directory\n",
  });
});
