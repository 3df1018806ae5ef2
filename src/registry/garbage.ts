import type { BlobStorage, StoredFile } from "./blob-storage.ts";
import type { GarbageReport, Records } from "./records.ts";

export interface GarbageOptions {
  /** Milliseconds that something must have been unused for. */
  readonly grace: number;
  readonly dryRun?: boolean;
  /** Manifests without a tag go as well, unless a tagged one needs them. */
  readonly untagged?: boolean;
  readonly signal?: AbortSignal;
}

export interface CollectedGarbage extends GarbageReport {
  /** Uploads that nobody went on with. */
  readonly uploads: number;
  /** Bytes that were left without a record by a crash. */
  readonly stray: number;
}

/** Locations that are looked up at once. */
const BATCH = 500;

/**
 * Removes what nothing refers to, while others push: their records go first, in one transaction;
 * the bytes after that, at places of their own, so that a push of the same blob is not hurt.
 */
export async function collectGarbage(
  records: Records,
  blobs: BlobStorage,
  { grace, dryRun = false, untagged = false, signal }: GarbageOptions,
): Promise<CollectedGarbage> {
  const before = Date.now() - grace;
  const uploads = await endIdleUploads(records, blobs, before, dryRun);
  const report = await records.collectGarbage(before, { dryRun, untagged });
  if (!dryRun) for (const blob of report.blobs) await blobs.delete(blob);
  let stray = 0;
  for await (const file of strayFiles(records, blobs, before, signal)) {
    if (!dryRun) await blobs.delete(file);
    stray += file.size;
  }
  return { ...report, uploads, stray, bytes: report.bytes + stray };
}

async function endIdleUploads(
  records: Records,
  blobs: BlobStorage,
  before: number,
  dryRun: boolean,
): Promise<number> {
  let count = 0;
  for (;;) {
    const idle = await records.idleUploads(before);
    count += idle.length;
    if (idle.length === 0 || dryRun) return count;
    for (const upload of idle) {
      if (await records.deleteUpload(upload.id, before)) await blobs.abort(upload);
    }
  }
}

async function* strayFiles(
  records: Records,
  blobs: BlobStorage,
  before: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<StoredFile> {
  let batch: StoredFile[] = [];
  for await (const file of blobs.list?.() ?? []) {
    signal?.throwIfAborted();
    if (file.modified >= before) continue;
    batch.push(file);
    if (batch.length < BATCH) continue;
    yield* await withoutRecord(records, batch);
    batch = [];
  }
  yield* await withoutRecord(records, batch);
}

/** Uploads are looked up before blobs: one that becomes a blob meanwhile is seen as one or the other. */
async function withoutRecord(records: Records, files: readonly StoredFile[]) {
  const ids = files.flatMap(({ upload }) => upload ?? []);
  const uploads = await records.knownUploads([...new Set(ids)]);
  const idle = files.filter(({ upload }) => upload === undefined || !uploads.has(upload));
  const known = await records.knownLocations(idle.map(({ location }) => location));
  return idle.filter(({ location }) => !known.has(location));
}
