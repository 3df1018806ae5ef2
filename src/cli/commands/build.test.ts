import { afterAll, expect, test } from "bun:test";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BuildOptions } from "#build";
import { type Bytes, chunksOf, collect } from "#bytes";
import { fail } from "#errors";
import type { Digest } from "#oci";
import type { CommandContext } from "../context.ts";
import { parseArguments } from "../flags/index.ts";
import { readStandardInput } from "../session/build-input.ts";
import build from "./build.ts";

const ID = `sha256:${"0".repeat(64)}` as Digest;
const directory = mkdtempSync(join(tmpdir(), "shale-build-command-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** Runs the command against a builder that only notes what it is asked for. */
async function run(args: string[], fails = false) {
  const written = { stdout: [] as string[], stderr: [] as string[] };
  let asked: BuildOptions | undefined;
  const output = (name: "stdout" | "stderr") => ({
    ...{ isTerminal: false, columns: 80, rows: 24 },
    write: (text: string | Uint8Array) => void written[name].push(String(text)),
  });
  const builder = {
    async build(options: BuildOptions, emit: (event: never) => void) {
      asked = options;
      emit({ type: "start", step: 1, name: "a step", time: 0 } as never);
      if (fails) fail("failed-precondition", "failed to solve: no");
      return { id: ID, names: [] };
    },
  };
  const context = {
    ...{ stdout: output("stdout"), stderr: output("stderr"), directory },
    environment: { FROM_ENV: "its value" },
    engine: async () => ({ builder: async () => builder }),
    interruption: () => new AbortController().signal,
  };
  const parsed = parseArguments(args, { path: "shale build", flags: build.flags });
  const code = await build.run(context as unknown as CommandContext, parsed);
  const [stdout, stderr] = [written.stdout.join(""), written.stderr.join("")];
  return { code, stdout, stderr, asked };
}

test("an empty path is not the working directory", async () => {
  await expect(run([""])).rejects.toThrow('unable to prepare context: path "" not found');
});

test("flags become options", async () => {
  const { code, asked } = await run([
    ...["-t", "a", "-t", "b:1", "--build-arg", "X=1=2", "--build-arg", "FROM_ENV"],
    ...["--build-arg", "NOT_SET", "--label", "l=v", "--target", "t", "--no-cache", "--pull"],
    ...["-f", "other/File", "context"],
  ]);
  expect(code).toBe(0);
  expect(asked).toEqual({
    context: { kind: "directory", path: join(directory, "context") },
    dockerfile: { path: join(directory, "other/File") },
    buildArgs: { X: "1=2", FROM_ENV: "its value" },
    labels: { l: "v" },
    tags: ["a", "b:1"],
    target: "t",
    noCache: true,
    pull: true,
  });
});

test("quiet prints the ID alone, and --iidfile keeps it", async () => {
  const { stdout, stderr } = await run(["-q", "--iidfile", "id", "."]);
  expect([stdout, stderr]).toEqual([`${ID}\n`, ""]);
  expect(readFileSync(join(directory, "id"), "utf8")).toBe(ID);
});

test("progress goes to standard error", async () => {
  expect(await run(["."])).toMatchObject({ stdout: "", stderr: "#1 a step\n" });
  const { stderr } = await run(["--progress", "rawjson", "."]);
  expect(JSON.parse(stderr)).toMatchObject({ vertexes: [{ name: "a step" }] });
});

test("what is not there yet, or makes no sense, is refused", async () => {
  expect(run(["https://host/repo.git"])).rejects.toThrow(
    "remote build context is not supported yet",
  );
  expect(run(["-f", "-", "-"])).rejects.toThrow("can't use stdin for both");
  expect(run(["."], true)).rejects.toThrow("failed to solve: no");
});

test("a Dockerfile can come from a descriptor, as a shell's <(command) does", async () => {
  const path = join(directory, "File");
  writeFileSync(path, "FROM scratch\n");
  const fd = openSync(path, "r");
  const { asked } = await run(["-f", `/dev/fd/${fd}`, "."]);
  closeSync(fd);
  expect(asked?.dockerfile).toEqual({ text: "FROM scratch\n" });
});

test("standard input is an archive or a Dockerfile, by its content", async () => {
  const text = await readStandardInput(bytesOf("FROM scratch\n"));
  expect(text).toEqual({ kind: "text", text: "FROM scratch\n" });
  const tar = Bun.spawnSync(["tar", "-c", "-C", directory, "."]).stdout;
  const input = await readStandardInput(chunksOf(tar));
  expect(input.kind === "tar" && (await collect(input.bytes, 1 << 20)).length).toBe(tar.length);
  expect((await readStandardInput(chunksOf(Bun.gzipSync(Uint8Array.from(tar))))).kind).toBe("tar");
  expect(readStandardInput(bytesOf(""))).rejects.toThrow("standard input is empty");
});

function bytesOf(text: string): Bytes {
  return chunksOf(Buffer.from(text));
}
