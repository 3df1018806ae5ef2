import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { constants, type FileHandle, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Bytes } from "#bytes";
import { KindedError, kindOf, messageOf } from "#errors";
import type { CommandContext } from "./context.ts";
import { UsageError } from "./flags/index.ts";
import { interruptible } from "./interruptible.ts";
import { findOutputTarget } from "./output-target.ts";
import { failOnFile } from "./system-error.ts";

/** Where a command's bytes go. */
export interface ByteOutput {
  /** Takes all of them; a signal that aborts ends it in between, with the signal's reason. */
  write(bytes: Bytes, signal: AbortSignal): Promise<void>;
}

/**
 * The file of `-o`, or standard output without it; checked before anything costly is done. A
 * regular file appears whole or not at all; a device, a pipe or what `/dev/stdout` leads to is
 * written to as it is.
 *
 * @param failure what a message about the file begins with: `failed to save image`
 * @throws UsageError for standard output that is a terminal
 */
export function openByteOutput(
  { directory, stdout }: CommandContext,
  path: string | undefined,
  failure: string,
): ByteOutput {
  if (!path) {
    if (stdout.isTerminal) refuseTerminal();
    return { write: (bytes, signal) => copy(bytes, (chunk) => stdout.write(chunk), signal) };
  }
  try {
    const target = findOutputTarget(directory, path);
    const write = target.inPlace ? writeInPlace : replaceFile;
    return { write: (bytes, signal) => write(target.path, bytes, signal) };
  } catch (error) {
    throw new KindedError(kindOf(error), `${failure}: ${messageOf(error)}`, error);
  }
}

function refuseTerminal(): never {
  throw new UsageError("cowardly refusing to save to a terminal. Use the -o flag or redirect", 1);
}

async function writeInPlace(path: string, bytes: Bytes, signal: AbortSignal): Promise<void> {
  await using file = await openInPlace(path, signal);
  await copyTo(file.fd, path, bytes, signal);
}

/** Opening a pipe waits for its reader, who may never come. */
async function openInPlace(path: string, signal: AbortSignal): Promise<FileHandle> {
  const opening = open(path, constants.O_WRONLY | constants.O_APPEND);
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([opening, aborted.promise]);
  } catch (error) {
    void opening.then((file) => file.close()).catch(() => {});
    return failOnFile("open", path, error);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

async function replaceFile(path: string, bytes: Bytes, signal: AbortSignal): Promise<void> {
  const draft = join(dirname(path), `.tmp-${crypto.randomUUID()}`);
  const fd = createFile(draft, path);
  try {
    await copyTo(fd, path, bytes, signal);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

function createFile(draft: string, path: string): number {
  try {
    return openSync(draft, "wx", 0o600);
  } catch (error) {
    return failOnFile("create", path, error);
  }
}

function copyTo(fd: number, path: string, bytes: Bytes, signal: AbortSignal): Promise<void> {
  const write = (chunk: Uint8Array) => {
    try {
      for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
    } catch (error) {
      failOnFile("write", path, error);
    }
  };
  return copy(bytes, write, signal);
}

async function copy(
  bytes: Bytes,
  write: (chunk: Uint8Array) => void,
  signal: AbortSignal,
): Promise<void> {
  for await (const chunk of interruptible(bytes, signal)) write(chunk);
}
