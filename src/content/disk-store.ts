import { closeSync, openSync, readdirSync, readSync, renameSync, rmSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Bytes, Chunk } from "#bytes";
import { fail } from "#errors";
import { type Digest, isDigest } from "#oci";
import type { BlobInfo, ContentStore, Ingestion, OpenOptions } from "./content-store.ts";
import { ingestFile } from "./disk-ingestion.ts";
import { newIngestPath, removeStaleIngests } from "./ingest-path.ts";
import { blobDirectory, blobPath } from "./layout.ts";
import { checkSize, MOST_TO_READ, missing, verified, verifiedWhole } from "./verify.ts";

/** Large enough to make system calls cheap, small enough to stay in the processor's cache. */
const CHUNK = 512 << 10;

/** What is larger takes the kernel longer to remove than all else that a command does. */
const LARGE = 32 << 20;

/** Timers and signals get their turn after this many chunks. */
const CHUNKS_BETWEEN_TURNS = 16;

/**
 * The blobs of an OCI image layout at `root` (OCI image spec, image-layout.md), made by the first
 * ingestion. Any number of processes may use it at once.
 */
export function openContentStore(root: string): ContentStore {
  let tidied = false;
  const ingest: ContentStore["ingest"] = ({ algorithm = "sha256" } = {}) => {
    const ingestion: Ingestion = ingestFile(root, algorithm);
    if (!tidied) removeStaleIngests(root);
    tidied = true;
    return ingestion;
  };
  const stat = (digest: Digest) => statBlob(root, digest);
  return {
    stat,
    open: (digest, options = {}) => openBlob(blobPath(root, digest), digest, options),
    read: async (digest, most = MOST_TO_READ) => {
      checkSize(stat(digest) ?? missing(digest), most);
      return verifiedWhole(await readFile(blobPath(root, digest)), digest);
    },
    path: (digest) => (stat(digest) ? blobPath(root, digest) : undefined),
    ingest,
    delete: (digest) => deleteBlob(root, digest),
    list: () => listBlobs(root),
  };
}

/** What takes long to remove is taken out of sight only, and removed beside the program. */
function deleteBlob(root: string, digest: Digest): void {
  const path = blobPath(root, digest);
  if ((statBlob(root, digest)?.size ?? 0) < LARGE) {
    rmSync(path, { force: true });
    return;
  }
  const away = newIngestPath(root);
  renameSync(path, away);
  const { removeBeside } = require("#kernel") as typeof import("#kernel");
  removeBeside(away);
}

function statBlob(root: string, digest: Digest): BlobInfo | undefined {
  const stats = statSync(blobPath(root, digest), { throwIfNoEntry: false });
  return stats && { digest, size: stats.size };
}

function openBlob(path: string, digest: Digest, options: OpenOptions): Bytes {
  const { offset = 0, verify = true, signal } = options;
  const chunks = chunksOfFile(path, digest, offset, signal);
  return verify && offset === 0 ? verified(chunks, digest) : chunks;
}

async function* chunksOfFile(
  path: string,
  digest: Digest,
  offset: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Chunk> {
  const fd = openToRead(path, digest);
  try {
    const buffer = new Uint8Array(CHUNK);
    for (let at = offset, turn = 1; ; turn++) {
      signal?.throwIfAborted();
      const got = readSync(fd, buffer, 0, CHUNK, at);
      if (got === 0) return;
      at += got;
      yield buffer.subarray(0, got);
      if (turn % CHUNKS_BETWEEN_TURNS === 0) await new Promise(setImmediate);
    }
  } finally {
    closeSync(fd);
  }
}

function openToRead(path: string, digest: Digest): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") missing(digest);
    return fail("permission-denied", `cannot read blob ${digest} at ${path}`, error);
  }
}

function* listBlobs(root: string): Generator<BlobInfo> {
  for (const algorithm of namesIn(join(root, "blobs")))
    for (const hex of namesIn(blobDirectory(root, algorithm))) {
      const digest = `${algorithm}:${hex}`;
      const info = isDigest(digest) ? statBlob(root, digest) : undefined;
      if (info) yield info;
    }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
