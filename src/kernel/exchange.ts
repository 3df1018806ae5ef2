import type { Bytes } from "#bytes";
import { fail } from "#errors";
import { type Exit, spawnProcess } from "./spawn.ts";

export interface ExchangeOptions {
  readonly input: string;
  /** The program's whole environment, by whose PATH it is found; ours when absent. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which the program is killed. */
  readonly timeout: number;
  /** Bytes that each of its outputs may have. */
  readonly limit: number;
}

/** What a program answered, and how it ended. */
export interface Exchange {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: Exit;
}

/**
 * Asks a program something and takes its answer, whatever its exit code. Fails with
 * `failed-precondition` when it is missing, `unavailable` when it takes too long and
 * `resource-exhausted` when it says too much; the message never has any of its words or ours.
 */
export async function exchange(
  argv: readonly string[],
  { input, env, timeout, limit }: ExchangeOptions,
): Promise<Exchange> {
  const late = AbortSignal.timeout(timeout);
  const child = spawnProcess(argv, { stdin: "pipe", signal: late, ...(env && { env }) });
  const say = async () => {
    await child.stdin?.write(Buffer.from(input));
    await child.stdin?.end();
  };
  const tooMuch = () => fail("resource-exhausted", `${argv[0]} answers more than ${limit} bytes`);
  try {
    const [stdout, stderr, exit] = await Promise.race([
      Promise.all([
        read(child.stdout, limit, tooMuch),
        read(child.stderr, limit, tooMuch),
        child.exited,
        say(),
      ]),
      rejectionOf(late),
    ]);
    return { stdout, stderr, exit };
  } catch (error) {
    if (late.aborted) fail("unavailable", `${argv[0]} did not answer within ${timeout / 1000} s`);
    throw error;
  } finally {
    child.kill("SIGKILL");
  }
}

async function read(
  stream: Bytes | undefined,
  limit: number,
  onMore: () => never,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream ?? []) {
    size += chunk.length;
    if (size > limit) onMore();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** A grandchild may keep the pipes open after the kill: the time limit holds all the same. */
function rejectionOf(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(signal.reason));
  return promise;
}
