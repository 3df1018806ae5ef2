import { resolve } from "node:path";
import type { Bytes } from "#bytes";
import { fail } from "#errors";
import type { CommandContext } from "./context.ts";
import { failOnFile } from "./system-error.ts";

/**
 * The bytes of a file, or of standard input where no file is named. Ends with the signal's reason
 * when that is aborted, also while waiting for more.
 */
export async function openInput(
  { directory }: CommandContext,
  path: string | undefined,
  signal: AbortSignal,
): Promise<Bytes> {
  if (path === undefined) return readable(Bun.stdin, "standard input", signal);
  const file = Bun.file(resolve(directory, path));
  await checkFile(file, path);
  return readable(file, path, signal);
}

async function checkFile(file: Bun.BunFile, path: string): Promise<void> {
  try {
    const { constants, access } = await import("node:fs/promises");
    await access(file.name!, constants.R_OK);
    if ((await file.stat()).isDirectory()) fail("invalid-argument", `read ${path}: is a directory`);
  } catch (error) {
    failOnFile("open", path, error);
  }
}

async function* readable(
  file: Bun.BunFile,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  const cancel = () => void reader.cancel();
  signal.addEventListener("abort", cancel);
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      signal.throwIfAborted();
      yield next.value;
    }
    signal.throwIfAborted();
  } catch (error) {
    signal.throwIfAborted();
    failOnFile("read", path, error);
  } finally {
    signal.removeEventListener("abort", cancel);
    await reader.cancel();
  }
}
