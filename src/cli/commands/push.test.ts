import { expect, test } from "bun:test";
import { fail } from "#errors";
import type { PushOptions, ResolvedImage } from "#image";
import { runCommand } from "../testing/run-command.ts";
import push from "./push.ts";

const asked: [string, PushOptions][] = [];
const images = {
  resolve: async () => ({ config: { os: "linux", architecture: "arm64" } }) as ResolvedImage,
  push: async (name: string, { onEvent: _, signal: __, ...options }: PushOptions = {}) => {
    asked.push([name, options]);
    if (name.includes("nope")) fail("not-found", "tag does not exist: nope:latest");
    return [];
  },
};

test("says which tag it takes, and passes on what is asked", async () => {
  expect(await runCommand(push, ["app"], { images })).toEqual({
    ...{ code: 0, stdout: "Using default tag: latest\n", stderr: "" },
  });
  await runCommand(push, ["-a", "app"], { images });
  const form = ["--compression=zstd", "--compression-level=9", "--format", "oci"];
  await runCommand(push, [...form, "h:5/app:1"], { images });
  expect(asked).toEqual([
    ["app", { all: false }],
    ["app", { all: true }],
    ["h:5/app:1", { all: false, compression: "zstd", level: 9, format: "oci" }],
  ]);
});

test("with -q only the name", async () => {
  expect((await runCommand(push, ["-q", "app"], { images })).stdout).toBe("app:latest\n");
  expect((await runCommand(push, ["-q", "-a", "h:5/app"], { images })).stdout).toBe("h:5/app\n");
});

test("fails in docker's words", async () => {
  expect(await runCommand(push, ["-a", "app:1"], { images })).toEqual({
    ...{ code: 1, stdout: "", stderr: "tag can't be used with --all-tags/-a\n" },
  });
  expect(await runCommand(push, ["nope"], { images })).toMatchObject({
    ...{ code: 1, stderr: "Error: tag does not exist: nope:latest\n" },
  });
});

test("takes docker's flags: another platform is refused, and so are signatures", async () => {
  const arm = ["--platform", "linux/arm64", "--disable-content-trust", "app:1"];
  expect((await runCommand(push, arm, { images })).code).toBe(0);
  expect(await runCommand(push, ["--platform=linux/amd64", "app:1"], { images })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("does not provide the specified platform (linux/amd64)"),
  });
  expect(
    await runCommand(push, ["--disable-content-trust=false", "app"], { images }),
  ).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("Docker Content Trust is not supported"),
  });
});
