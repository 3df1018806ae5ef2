import { messageOf } from "#errors";
import type { HealthConfig } from "#oci";
import type { ContainerStore } from "../container-store.ts";
import { ExecSessions } from "../exec/exec-sessions.ts";
import type { Container } from "../record.ts";
import type { HealthResult } from "./health.ts";

type Ended = Pick<HealthResult, "exitCode" | "output">;

/** Docker's exit code of a check that did not come to an end of its own. */
const FAILED = -1;
/** Most bytes of its output that are kept. */
const MOST_OUTPUT = 4096;

/**
 * Runs a check in a container, once, and kills it after `timeout` milliseconds. Whatever goes
 * wrong is the check's result.
 */
export async function probe(
  store: ContainerStore,
  container: Container,
  check: HealthConfig,
  timeout: number,
): Promise<HealthResult> {
  const start = Date.now();
  try {
    return {
      start,
      ...(await run(store, container, commandOf(container, check), timeout)),
      end: Date.now(),
    };
  } catch (error) {
    return { start, end: Date.now(), exitCode: FAILED, output: messageOf(error) };
  }
}

/** `CMD` is the command itself, `CMD-SHELL` a text for the image's shell. */
function commandOf({ record }: Container, { Test: [kind, ...rest] = [] }: HealthConfig): string[] {
  if (kind === "CMD") return rest;
  const { Shell } = record.config;
  return [...(Shell?.length ? Shell : ["/bin/sh", "-c"]), ...rest.slice(0, 1)];
}

async function run(
  store: ContainerStore,
  container: Container,
  Cmd: readonly string[],
  timeout: number,
): Promise<Ended> {
  const sessions = new ExecSessions(store);
  const id = await sessions.create(container, { Cmd, AttachStdout: true, AttachStderr: true });
  const output = new ClippedText();
  const sink = (chunk: Uint8Array) => output.add(chunk);
  using running = await sessions.start(id, { stdout: sink, stderr: sink });
  const exitCode = await beforeTimeout(running.exited, timeout);
  if (exitCode !== undefined) return { exitCode, output: output.text() };
  const { Pid } = await sessions.inspect(id);
  kill(Pid);
  return { exitCode: FAILED, output: `Health check exceeded timeout (${goDuration(timeout)})` };
}

/** The beginning of an output, marked where more has come. */
class ClippedText {
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

  add(chunk: Uint8Array): void {
    const room = MOST_OUTPUT - this.#bytes.length;
    this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, room)]);
    this.#length += chunk.length;
  }

  text(): string {
    return this.#bytes.toString() + (this.#length > MOST_OUTPUT ? "..." : "");
  }
}

async function beforeTimeout<T>(work: Promise<T>, milliseconds: number): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, milliseconds);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function kill(pid: number): void {
  try {
    if (pid > 0) process.kill(pid, "SIGKILL");
  } catch {
    // It has ended in this moment.
  }
}

/** As Go prints it: `1m30s`, `500ms`. */
function goDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds}ms`;
  const seconds = milliseconds / 1000;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const long = hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : "";
  return `${long}${seconds % 60}s`;
}
