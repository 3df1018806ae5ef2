import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadDockerfile, loadIgnoreFile } from "./load-dockerfile.ts";

const directory = mkdtempSync(join(tmpdir(), "shale-load-dockerfile-"));
afterAll(() => rmSync(directory, { recursive: true }));

test("a pipe nobody writes to is refused, not waited for", () => {
  writeFileSync(join(directory, "File"), "FROM scratch\n");
  Bun.spawnSync(["mkfifo", join(directory, "pipe"), join(directory, "File.dockerignore")]);
  const refusal = "it is not a regular file: use -f - for a pipe";
  expect(() => loadDockerfile({ path: "pipe" }, directory)).toThrow(refusal);
  expect(() => loadDockerfile({ path: "/dev/zero" }, directory)).toThrow(refusal);
  const { path, dockerfile } = loadDockerfile({ path: "File" }, directory);
  expect(dockerfile.text).toBe("FROM scratch\n");
  expect(() => loadIgnoreFile(directory, path)).toThrow("it is not a regular file");
});
