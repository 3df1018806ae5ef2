import { closeSync, existsSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Bytes } from "#bytes";
import { fail } from "#errors";
import { writeFully } from "#kernel";

/**
 * Writes a stream to the file of `-o`. A regular file appears whole or not at all; a device or
 * pipe is written to as it is. Fails with `invalid-argument` in Docker's words.
 */
export async function writeOutputFile(
  directory: string,
  path: string,
  bytes: Bytes,
): Promise<void> {
  const target = resolve(directory, path);
  if (!existsSync(dirname(target)))
    fail("invalid-argument", `invalid output path: directory "${dirname(path)}" does not exist`);
  const there = statSync(target, { throwIfNoEntry: false });
  if (there?.isDirectory())
    fail("invalid-argument", `invalid output path: "${path}" must not be a directory`);
  if (there && !there.isFile()) await copyTo(target, bytes);
  else await replaceFile(target, bytes);
}

async function replaceFile(target: string, bytes: Bytes): Promise<void> {
  const draft = join(dirname(target), `.${basename(target)}.${crypto.randomUUID().slice(0, 8)}`);
  try {
    await copyTo(draft, bytes);
    renameSync(draft, target);
  } finally {
    rmSync(draft, { force: true });
  }
}

async function copyTo(path: string, bytes: Bytes): Promise<void> {
  const fd = openSync(path, "w", 0o600);
  try {
    for await (const chunk of bytes) writeFully(fd, chunk);
  } finally {
    closeSync(fd);
  }
}
