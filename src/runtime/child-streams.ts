import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bytes, Chunk } from "#bytes";
import type { Child, Stdio } from "#kernel";
import { lastError } from "./start-failure.ts";

/** Takes output as it comes; the container waits for what it returns when the pipe is full. */
export type OutputSink = (chunk: Chunk) => void | Promise<void>;

/** What a process's streams are connected to; `inherit` takes ours. */
export interface ChildStreams {
  /** Nothing when absent. */
  readonly stdin?: "inherit" | Bytes;
  readonly stdout: "inherit" | OutputSink;
  readonly stderr: "inherit" | OutputSink;
}

const PAUSE_MS = 2;

/** How to spawn the child that {@link relayStreams} is for. */
export function stdioOf({ stdin, stdout, stderr }: ChildStreams) {
  return {
    stdin: stdin === undefined ? ("ignore" as const) : streamOf(stdin),
    stdout: streamOf(stdout),
    stderr: streamOf(stderr),
  };
}

/**
 * Passes everything on until the child's output ends. What comes on standard error while `begun`
 * is not known may be the runtime's own complaint, which the failure repeats in better words: it
 * is shown only when the process has begun.
 */
export async function relayStreams(
  child: Child,
  { stdin, stdout, stderr }: ChildStreams,
  begun: () => Promise<boolean>,
): Promise<void> {
  if (typeof stdin === "object") void feed(child, stdin);
  await Promise.all([
    stdout === "inherit" ? undefined : pour(child.stdout!, stdout),
    stderr === "inherit" ? undefined : pourErrors(child.stderr!, begun, stderr),
  ]);
}

/** Whether a runtime has let its process begin; `isUp` looks for a sign of it. */
export async function hasBegun(
  child: Child,
  isUp: () => boolean,
  logPath: string,
): Promise<boolean> {
  const gone = child.exited.then(() => true);
  while (!isUp())
    if (await Promise.race([gone, sleep(PAUSE_MS, false)])) return readLog(logPath) === "";
  return true;
}

/** The last error in a runtime's log; empty when there is none. */
export function readLog(path: string): string {
  return existsSync(path) ? lastError(readFileSync(path, "utf8")) : "";
}

function streamOf(target: "inherit" | Bytes | OutputSink): Stdio {
  return target === "inherit" ? "inherit" : "pipe";
}

async function pour(from: Bytes, to: OutputSink): Promise<void> {
  for await (const chunk of from) await to(chunk);
}

async function pourErrors(
  from: Bytes,
  begun: () => Promise<boolean>,
  to: OutputSink,
): Promise<void> {
  let shown = false;
  for await (const chunk of from) {
    shown ||= await begun();
    if (shown) await to(chunk);
  }
}

/** An input that fails ends as if it had ended: the process sees no more of it. */
async function feed(child: Child, input: Bytes): Promise<void> {
  try {
    for await (const chunk of input) if (!(await child.stdin!.write(chunk))) break;
  } catch {
    // As Docker's does.
  } finally {
    await child.stdin!.end();
  }
}
