import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { mkdtemp, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { type Chunk, fileChunks, SNIFF_LENGTH, sniffCompression } from "#bytes";
import { fail } from "#errors";
import { TarParser } from "#tar";
import { normalPath } from "../archive/entries.ts";
import { decompress } from "../decompress.ts";
import type { LayoutFiles } from "./layout-blobs.ts";

interface Part {
  readonly offset: number;
  readonly size: number;
}

/** Of an archive's entries: where a file's bytes are, or the path that a link leads to. */
type Entry = Part | string;

const MOST_ENTRIES = 100_000;
const MOST_LINKS = 16;

/**
 * The files of a tar, read where they stand. One that is compressed is inflated to a file without
 * a name first.
 */
export async function openArchiveFiles(path: string, signal?: AbortSignal): Promise<LayoutFiles> {
  const fd = await openPlain(path, signal);
  try {
    const entries = await scan(fd, signal);
    const find = (name: string) => resolve(entries, name, path);
    return {
      path,
      size: (name) => find(name)?.size,
      open: (name, offset) =>
        reading(fd, find(name) ?? fail("not-found", `${path} has no ${name}`), offset),
      [Symbol.dispose]: () => closeSync(fd),
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

async function openPlain(path: string, signal: AbortSignal | undefined): Promise<number> {
  const fd = openFile(path);
  const head = new Uint8Array(SNIFF_LENGTH);
  if (sniffCompression(head.subarray(0, readSync(fd, head, 0, head.length, 0))) === "none")
    return fd;
  const options = signal ? { signal } : {};
  const { bytes } = await decompress(fileChunks(fd, options), options);
  const plain = await openNameless();
  try {
    for await (const chunk of bytes)
      for (let at = 0; at < chunk.length; ) at += writeSync(plain, chunk, at);
    return plain;
  } catch (error) {
    closeSync(plain);
    throw error;
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (isMissing) return fail("not-found", `open ${path}: no such file or directory`, error);
    return fail("permission-denied", `cannot read ${path}`, error);
  }
}

/** A file that is gone when it is closed. */
async function openNameless(): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "shale-archive-"));
  const path = join(directory, "archive");
  const fd = openSync(path, "wx+", 0o600);
  rmSync(path);
  await rmdir(directory);
  return fd;
}

async function scan(fd: number, signal?: AbortSignal): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  const parser = new TarParser({
    entry({ path, type, size, linkPath = "", sparse }, offset) {
      if (entries.size >= MOST_ENTRIES)
        fail("resource-exhausted", `the archive has more than ${MOST_ENTRIES} files: no image has`);
      if (sparse)
        fail("unsupported", `the archive's entry ${JSON.stringify(path)} is a sparse file`);
      const name = normalPath(path);
      if (type === "file") entries.set(name, { offset, size });
      if (type === "hardlink") entries.set(name, normalPath(linkPath));
      if (type === "symlink")
        entries.set(name, normalPath(posix.join(posix.dirname(name), linkPath)));
    },
    data: () => undefined,
    close: () => undefined,
  });
  for await (const chunk of reading(fd, { offset: 0, size: Number.POSITIVE_INFINITY }, 0)) {
    signal?.throwIfAborted();
    parser.write(chunk);
  }
  parser.end();
  return entries;
}

function resolve(
  entries: ReadonlyMap<string, Entry>,
  name: string,
  archive: string,
): Part | undefined {
  let at = normalPath(name);
  for (let links = 0; links <= MOST_LINKS; links++) {
    const entry = entries.get(at);
    if (typeof entry !== "string") return entry;
    at = entry;
  }
  return fail(
    "invalid-argument",
    `${archive}: the links at ${JSON.stringify(name)} lead in circles`,
  );
}

const CHUNK = 512 << 10;

/** The file stays open: others read from it at the same time. */
async function* reading(fd: number, part: Part, offset: number): AsyncGenerator<Chunk> {
  const buffer = new Uint8Array(CHUNK);
  const end = part.offset + part.size;
  for (let at = part.offset + offset; at < end; ) {
    const got = readSync(fd, buffer, 0, Math.min(CHUNK, end - at), at);
    if (got === 0) return;
    at += got;
    yield buffer.subarray(0, got);
    await new Promise(setImmediate);
  }
}
