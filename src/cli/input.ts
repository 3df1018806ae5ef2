import { constants, openSync } from "node:fs";
import { resolve } from "node:path";
import { type Bytes, fileChunks } from "#bytes";
import { fail } from "#errors";
import type { CommandContext } from "./context.ts";
import { failOnFile } from "./system-error.ts";

const CHUNK = 65_536;

/**
 * The bytes of a file, a pipe or a device, or of standard input where no file is named. Ends with
 * the signal's reason when that is aborted, also while waiting for more.
 */
export async function openInput(
  { directory }: Pick<CommandContext, "directory">,
  path: string | undefined,
  signal: AbortSignal,
): Promise<Bytes> {
  if (path === undefined) return readable(Bun.stdin, "standard input", signal);
  const file = Bun.file(resolve(directory, path));
  const kind = await kindOfFile(file, path);
  if (kind === "file") return fileChunks(openSync(file.name!, "r"), { signal });
  return kind === "device" ? readDevice(file.name!, path, signal) : readable(file, path, signal);
}

/** A device is a character device: others are read like pipes. */
async function kindOfFile(file: Bun.BunFile, path: string): Promise<"file" | "device" | "pipe"> {
  try {
    const { access } = await import("node:fs/promises");
    await access(file.name!, constants.R_OK);
    const stat = await file.stat();
    if (stat.isDirectory()) fail("invalid-argument", `read ${path}: is a directory`);
    if (stat.isCharacterDevice()) return "device";
    return stat.isFile() ? "file" : "pipe";
  } catch (error) {
    return failOnFile("open", path, error);
  }
}

/** Many devices cannot be waited for (epoll refuses them), which the runtime's streams do. */
async function* readDevice(
  device: string,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { open } = await import("node:fs/promises");
  const file = await open(device, constants.O_RDONLY);
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  aborted.promise.catch(() => {});
  signal.addEventListener("abort", abort);
  try {
    for (signal.throwIfAborted(); ; ) {
      const reading = file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, null);
      const { bytesRead, buffer } = await Promise.race([reading, aborted.promise]);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    failOnFile("read", path, error);
  } finally {
    signal.removeEventListener("abort", abort);
    // A read that still waits would keep the end of this waiting too.
    void file.close();
  }
}

async function* readable(
  file: Bun.BunFile,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = readerOf(file, path);
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

/** A directory fails here already. */
function readerOf(file: Bun.BunFile, path: string) {
  try {
    return file.stream().getReader();
  } catch (error) {
    return failOnFile("read", path, error);
  }
}
