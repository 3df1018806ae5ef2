import { type Bytes, chunksOf } from "#bytes";
import { fail } from "#errors";
import { type Child, type Exit, type SpawnOptions, spawnProcess } from "./spawn.ts";

export interface ToolOptions extends Pick<SpawnOptions, "cwd" | "env" | "signal"> {
  /** Text for its standard input; nothing when absent. */
  readonly input?: string;
}

/**
 * Runs a program to its end and gives what it wrote. Fails with `internal` and the text of its
 * standard error when it exits with anything but 0.
 */
export async function runTool(
  argv: readonly string[],
  options: ToolOptions = {},
): Promise<{ stdout: string; stderr: string }> {
  const { input, ...rest } = options;
  const child = spawnProcess(argv, { ...rest, stdin: input === undefined ? "ignore" : "pipe" });
  const [stdout, stderr, exit] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    child.exited,
    feed(child, chunksOf(Buffer.from(input ?? ""))),
  ]);
  options.signal?.throwIfAborted();
  if (exit.code !== 0) failExit(argv, exit, stderr);
  return { stdout, stderr };
}

/** The programs that {@link pipeThrough} is used with to read compressed streams. */
export const filterCommands = {
  xz: ["xz", "-dc"],
  bzip2: ["bzip2", "-dc"],
} as const satisfies Record<string, readonly string[]>;

export type FilterName = keyof typeof filterCommands;
export const filterNames = Object.keys(filterCommands) as readonly FilterName[];

/**
 * The bytes as a program turns them out, read as they come. Fails with `data-loss` and the
 * program's own words when it exits with anything but 0, and as the input does; a reader that
 * stops early, or an abort, ends the program.
 */
export async function* pipeThrough(
  argv: readonly string[],
  bytes: Bytes,
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array> {
  const child = spawnProcess(argv, { ...options, stdin: "pipe" });
  let failure: { error: unknown } | undefined;
  const fed = feed(child, bytes).catch((error) => {
    failure = { error };
    child.kill("SIGKILL");
  });
  const errors = textOf(child.stderr);
  try {
    yield* child.stdout!;
    const exit = await child.exited;
    if (failure !== undefined) throw failure.error;
    options.signal?.throwIfAborted();
    if (exit.code !== 0) failExit(argv, exit, await errors, "data-loss");
    await fed;
  } finally {
    child.kill("SIGKILL");
  }
}

async function feed(child: Child, bytes: Bytes): Promise<void> {
  if (child.stdin === undefined) return;
  const ended = child.exited.then(() => false);
  for await (const chunk of bytes)
    if (!(await Promise.race([child.stdin.write(chunk), ended]))) break;
  await child.stdin.end();
}

function textOf(stream: Bytes | undefined): Promise<string> {
  return new Response(stream as unknown as ReadableStream).text();
}

function failExit(
  argv: readonly string[],
  exit: Exit,
  stderr: string,
  kind: "internal" | "data-loss" = "internal",
): never {
  const how = exit.signal === undefined ? `exit code ${exit.code}` : `killed by ${exit.signal}`;
  return fail(kind, `${argv[0]} failed (${how}): ${stderr.trim() || "it said nothing"}`);
}
