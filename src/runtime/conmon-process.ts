import type { Bytes } from "#bytes";
import { type Child, readDescriptor, requireTool, type Stdio, spawnProcess } from "#kernel";
import { TOOL_ENVIRONMENT } from "./bundle.ts";
import { startFailure } from "./start-failure.ts";

/** What conmon says on its pipe: the pid, or -1 and what the runtime said. */
export interface SyncMessage {
  readonly data: number;
  readonly message?: string;
}

/** Our ends of these pipes are the first of the child's `extra`. */
const SYNC_FD = 3;
const START_FD = 4;

/**
 * Starts conmon with a pipe that it reports by and one whose bytes let it go on; `extra` are its
 * descriptors from 5 on.
 */
export function spawnConmon(
  args: readonly string[],
  directory: string,
  extra: readonly Stdio[] = [],
  env: Readonly<Record<string, string>> = {},
): Child {
  return spawnProcess([requireTool("conmon"), ...args], {
    cwd: directory,
    env: {
      ...TOOL_ENVIRONMENT,
      // In the C locale it refuses arguments that are not ASCII.
      LC_ALL: "C.UTF-8",
      // The times in its log are local ones.
      TZ: "UTC",
      _OCI_SYNCPIPE: String(SYNC_FD),
      _OCI_STARTPIPE: String(START_FD),
      ...env,
    },
    extra: ["pipe", "pipe", ...extra],
    detached: true,
  });
}

/** What conmon is to begin the runtime's command lines with. */
export function runtimeArguments([program, ...args]: readonly string[]): string[] {
  return ["--runtime", program!, ...args.map((text) => `--runtime-arg=${text}`)];
}

export function exitCommandArguments([program, ...args]: readonly string[] = []): string[] {
  if (program === undefined) return [];
  return ["--exit-command", program, ...args.map((text) => `--exit-command-arg=${text}`)];
}

/**
 * Waits for conmon's message. The pipe it comes by stays open as long as conmon lives: its end
 * tells, without any polling, that the exit code has been written.
 */
export async function synchronize(
  child: Child,
): Promise<{ message: SyncMessage; gone: Promise<void> }> {
  const said = readText(child.stderr!);
  const pieces = readDescriptor(child.extra[0]!)[Symbol.asyncIterator]();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await pieces.next();
    if (done) throw startFailure((await said) || "conmon ended without a word", "conmon");
    text += Buffer.from(value).toString();
  }
  return { message: JSON.parse(text.slice(0, text.indexOf("\n"))), gone: drain(pieces) };
}

async function drain(pieces: AsyncIterator<Uint8Array>): Promise<void> {
  while (!(await pieces.next()).done);
}

async function readText(bytes: Bytes): Promise<string> {
  let text = "";
  for await (const chunk of bytes) text += Buffer.from(chunk).toString();
  return text.trim();
}
