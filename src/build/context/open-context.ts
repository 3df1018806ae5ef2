import { type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import { fail } from "#errors";
import { decompress } from "#image";
import { applyLayer } from "#layer";
import type { BuildDirectory } from "../build-directory.ts";
import type { ContextSource } from "../build-service.ts";

/**
 * The directory of a build context: itself, or what an archive holds, unpacked in the build's
 * directory. Undefined for a build without a context.
 */
export async function openContext(
  source: ContextSource,
  directory: () => BuildDirectory,
  signal: AbortSignal,
): Promise<string | undefined> {
  switch (source.kind) {
    case "directory":
      return checkDirectory(resolve(source.path), source.path);
    case "tar": {
      const target = directory().makeStored("context");
      const { bytes } = await decompress(source.bytes, { signal });
      await applyLayer(bytes, target, { whiteouts: "remove", devices: "skip", signal });
      return target;
    }
    case "none":
      return undefined;
  }
}

function checkDirectory(path: string, written: string): string {
  const stats = statOf(path, written);
  if (stats === undefined)
    fail("not-found", `unable to prepare context: path "${written}" not found`);
  if (!stats.isDirectory())
    fail("invalid-argument", `unable to prepare context: path "${written}" is not a directory`);
  return path;
}

function statOf(path: string, written: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTDIR") return undefined;
    return fail(
      code === "EACCES" ? "permission-denied" : "invalid-argument",
      `unable to prepare context: cannot look at path "${written}": ${code}`,
      error,
    );
  }
}
