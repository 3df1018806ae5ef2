import { openSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Bytes, type Chunk, fileChunks } from "#bytes";
import { fail } from "#errors";
import type { LayoutFiles } from "./layout-blobs.ts";

/** The files of an image layout in a directory. */
export function openDirectoryFiles(path: string): LayoutFiles {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
    fail("not-found", `${path}: no such directory`);
  const sizeOf = (name: string) => {
    const stats = statSync(join(path, name), { throwIfNoEntry: false });
    return stats?.isFile() ? stats.size : undefined;
  };
  return {
    path,
    size: sizeOf,
    open: (name, offset) => {
      if (sizeOf(name) === undefined) fail("not-found", `${path} has no ${name}`);
      return chunks(join(path, name), offset);
    },
    [Symbol.dispose]: () => undefined,
  };
}

/** Opened when the first chunk is asked for. */
async function* chunks(path: string, offset: number): AsyncGenerator<Chunk> {
  yield* fileChunks(openSync(path, "r"), { offset }) satisfies Bytes;
}
