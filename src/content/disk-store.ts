import { openSync, renameSync, rmSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Bytes, type Chunk, type FileChunksOptions, fileChunks, namesIn } from "#bytes";
import { fail } from "#errors";
import { type Digest, isDigest } from "#oci";
import type { BlobInfo, ContentStore, IngestOptions, OpenOptions } from "./content-store.ts";
import { ingestFile } from "./disk-ingestion.ts";
import { newIngestPath, removeStaleIngests } from "./ingest-path.ts";
import { blobDirectory, blobPath } from "./layout.ts";
import { prunePartialFiles, resumeFile } from "./resumed-file.ts";
import { checkSize, MOST_TO_READ, missing, verified, verifiedWhole } from "./verify.ts";

/** What is larger takes the kernel longer to remove than all else that a command does. */
const LARGE = 32 << 20;

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * The blobs of an OCI image layout at `root` (OCI image spec, image-layout.md), made by the first
 * ingestion. Any number of processes may use it at once.
 */
export function openContentStore(root: string): ContentStore {
  let tidied = false;
  const ingest = ({ algorithm = "sha256" }: IngestOptions = {}) => {
    const ingestion = ingestFile(root, algorithm);
    if (!tidied) tidy(root);
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
    scratch: () => ingest(),
    resume: (digest, options = {}) => resumeFile(root, digest, options),
    prunePartial: (before) => prunePartialFiles(root, before),
    delete: (digest) => deleteBlob(root, digest),
    list: () => listBlobs(root),
  };
}

/** Removes what nobody will want any more: what is in the way is left to another time. */
function tidy(root: string): void {
  removeStaleIngests(root);
  void prunePartialFiles(root, Date.now() - WEEK_MS).catch(() => {});
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
  const chunks = chunksOfFile(path, digest, { offset, ...(signal && { signal }) });
  return verify && offset === 0 ? verified(chunks, digest) : chunks;
}

/** Opened when the first chunk is asked for. */
async function* chunksOfFile(
  path: string,
  digest: Digest,
  options: FileChunksOptions,
): AsyncGenerator<Chunk> {
  yield* fileChunks(openToRead(path, digest), options);
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
