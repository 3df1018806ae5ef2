import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { StoredFile } from "../blob-storage.ts";
import { isLocation, uploadOf } from "./layout.ts";

/** The files of blobs and of uploads; the caller tells the stray ones. */
export async function* listStored(root: string): AsyncGenerator<StoredFile> {
  for await (const location of locations(root)) {
    if (!isLocation(location)) continue;
    const stats = await stat(join(root, location)).catch(() => undefined);
    if (!stats?.isFile()) continue;
    yield { location, size: stats.size, modified: stats.mtimeMs, upload: uploadOf(location) };
  }
}

async function* locations(root: string): AsyncGenerator<string> {
  for (const id of await namesIn(root, "uploads")) yield `uploads/${id}`;
  for (const algorithm of await namesIn(root, "blobs"))
    for (const start of await namesIn(root, `blobs/${algorithm}`))
      for (const name of await namesIn(root, `blobs/${algorithm}/${start}`))
        yield `blobs/${algorithm}/${start}/${name}`;
}

async function namesIn(root: string, directory: string): Promise<string[]> {
  return readdir(join(root, directory)).catch(() => []);
}
