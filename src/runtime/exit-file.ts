import { type FSWatcher, readFileSync, watch } from "node:fs";
import { basename, dirname } from "node:path";
import { KindedError } from "#errors";

/** For an event that got lost, and for a writer that died. */
const CHECK_MS = 500;

/** The exit code in a file that conmon wrote; undefined while there is none. */
export function readExitCode(path: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(path, "utf8"), 10);
  } catch {
    return undefined;
  }
}

/**
 * Waits for an exit file. Fails with `internal` when its writer is gone without having written
 * it, and with the signal's reason when aborted.
 */
export async function waitForExitFile(
  path: string,
  writerLives: () => boolean,
  signal?: AbortSignal,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const check = () => {
    // In this order: a writer that is gone has written before.
    const lives = writerLives();
    const code = readExitCode(path);
    if (code !== undefined) resolve(code);
    else if (!lives) reject(supervisorDied(path));
  };
  const onAbort = () => reject(signal!.reason);
  const timer = setInterval(check, CHECK_MS);
  const watcher: FSWatcher = watch(dirname(path), check);
  signal?.addEventListener("abort", onAbort);
  try {
    signal?.throwIfAborted();
    check();
    return await promise;
  } finally {
    clearInterval(timer);
    watcher.close();
    signal?.removeEventListener("abort", onAbort);
  }
}

function supervisorDied(path: string): KindedError {
  const id = basename(path);
  return new KindedError("internal", `the supervisor of ${id} died: its exit code is unknown`);
}
