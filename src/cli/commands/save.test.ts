import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chunksOf } from "#bytes";
import { fail } from "#errors";
import type { ImageService, ResolvedImage } from "#image";
import { runCommand, type Surroundings } from "../testing/run-command.ts";
import save from "./save.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "shale-save-"));
  mkdirSync(join(directory, "folder"));
});
afterAll(() => rmSync(directory, { recursive: true }));

const images: Partial<ImageService> = {
  save: async (names) =>
    names.includes("nope")
      ? fail("not-found", "No such image: nope:latest")
      : names.includes("broken")
        ? brokenStream()
        : chunksOf(Buffer.from("archive of "), Buffer.from(names.join())),
  resolve: async () => ({ config: { os: "linux", architecture: "arm64" } }) as ResolvedImage,
};

async function* brokenStream() {
  yield Buffer.from("half");
  fail("data-loss", "blob sha256:aa is damaged");
}

function saveTo(args: string[], more: Surroundings = {}) {
  return runCommand(save, args, { images, directory, ...more });
}

test("to standard output", async () => {
  expect(await saveTo(["a", "b"])).toEqual({ code: 0, stdout: "archive of a,b", stderr: "" });
});

test("refuses a terminal", async () => {
  expect(await saveTo(["a"], { isTerminal: true })).toEqual({
    code: 1,
    stdout: "",
    stderr: "cowardly refusing to save to a terminal. Use the -o flag or redirect\n",
  });
});

test("to a file, private and whole, in place of an old one", async () => {
  const path = join(directory, "a.tar");
  writeFileSync(path, "old");
  chmodSync(path, 0o644);
  expect(await saveTo(["-o", "a.tar", "a"], { isTerminal: true })).toEqual({
    code: 0,
    stdout: "",
    stderr: "",
  });
  expect(readFileSync(path, "utf8")).toBe("archive of a");
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test.each([
  ["nope", "Error: No such image: nope:latest\n"],
  ["broken", "Error: blob sha256:aa is damaged\n"],
])("a failure (%s) leaves what was there, and nothing else", async (name, stderr) => {
  const before = readdirSync(directory);
  writeFileSync(join(directory, "old.tar"), "old");
  expect(await saveTo(["-o", "old.tar", name])).toEqual({ code: 1, stdout: "", stderr });
  expect(readFileSync(join(directory, "old.tar"), "utf8")).toBe("old");
  rmSync(join(directory, "old.tar"));
  expect(readdirSync(directory)).toEqual(before);
});

test("an interrupted one leaves nothing", async () => {
  const controller = new AbortController();
  const endless = {
    save: async () =>
      (async function* () {
        for (let n = 0; ; n++) {
          if (n === 3) controller.abort(new Error("interrupted by SIGINT"));
          yield Buffer.from("x");
        }
      })(),
  };
  const { code, stderr } = await saveTo(["-o", "cut.tar", "a"], {
    images: endless,
    signal: controller.signal,
  });
  expect([code, stderr]).toEqual([1, "Error: interrupted by SIGINT\n"]);
  expect(readdirSync(directory).filter((name) => /cut|tmp/.test(name))).toEqual([]);
});

test.each([
  ["absent/x.tar", "invalid output path: stat absent: no such file or directory"],
  ["folder", "cannot write to a directory"],
  ["a.tar/x", "invalid output path: stat a.tar: not a directory"],
])("-o %s is refused before anything is asked", async (path, reason) => {
  writeFileSync(join(directory, "a.tar"), "");
  expect(await saveTo(["-o", path, "a"], { images: {} })).toEqual({
    code: 1,
    stdout: "",
    stderr: `Error: failed to save image: ${reason}\n`,
  });
});

test("a platform that the image is not for", async () => {
  expect((await saveTo(["--platform", "linux/arm64/v8", "a"])).code).toBe(0);
  expect((await saveTo(["--platform", "linux/amd64", "a"])).stderr).toBe(
    "Error: image with reference a was found but does not provide the specified platform (linux/amd64)\n",
  );
  expect((await saveTo(["--platform", "1/2/3/4", "a"])).code).toBe(125);
});
