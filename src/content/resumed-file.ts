import { openSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Chunk, fileChunks, namesIn } from "#bytes";
import { kindOf } from "#errors";
import { algorithmOf, type Digest } from "#oci";
import type {
  Algorithm,
  BlobInfo,
  Expected,
  ResumedIngestion,
  ResumeOptions,
} from "./content-store.ts";
import { failWriting } from "./disk-errors.ts";
import { DiskIngestion } from "./disk-ingestion.ts";
import { ensureLayout } from "./ensure-layout.ts";
import { ingestDirectory } from "./layout.ts";

const SUFFIX = ".partial";

/**
 * What came of a blob so far, in ingest/ under its digest. Whoever works on it has the file
 * locked: that ends with the process, and the bytes stay.
 */
export async function resumeFile(
  root: string,
  digest: Digest,
  options: ResumeOptions,
): Promise<ResumedIngestion> {
  try {
    ensureLayout(root, algorithmOf(digest));
    const path = join(ingestDirectory(root), `${digest.replace(":", "-")}${SUFFIX}`);
    return new ResumedFile(root, digest, path, await lockPartial(path, options));
  } catch (error) {
    return failWriting(root, error);
  }
}

/** Removes those last written to before this moment (Unix milliseconds); gives their bytes. */
export async function prunePartialFiles(root: string, before: number): Promise<number> {
  let bytes = 0;
  for (const name of namesIn(ingestDirectory(root)))
    if (name.endsWith(SUFFIX)) bytes += await prune(join(ingestDirectory(root), name), before);
  return bytes;
}

async function prune(path: string, before: number): Promise<number> {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats || stats.mtimeMs >= before) return 0;
  try {
    await using _lock = await kernel().lockCurrentFile(path, { wait: false });
    rmSync(path, { force: true });
    return stats.size;
  } catch (error) {
    if (kindOf(error) === "conflict") return 0;
    throw error;
  }
}

async function lockPartial(
  path: string,
  { signal, onWait }: ResumeOptions,
): Promise<AsyncDisposable> {
  const { lockCurrentFile } = kernel();
  try {
    return await lockCurrentFile(path, { wait: false });
  } catch (error) {
    if (kindOf(error) !== "conflict") throw error;
    onWait?.();
    return lockCurrentFile(path, signal ? { signal } : {});
  }
}

class ResumedFile implements ResumedIngestion {
  readonly resumed: number;
  readonly #digest: Digest;
  readonly #path: string;
  readonly #lock: AsyncDisposable;
  readonly #ingestion: DiskIngestion;

  constructor(root: string, digest: Digest, path: string, lock: AsyncDisposable) {
    this.#digest = digest;
    this.#path = path;
    this.#lock = lock;
    this.resumed = statSync(path).size;
    const algorithm = algorithmOf(digest) as Algorithm;
    this.#ingestion = new DiskIngestion(root, algorithm, path, this.resumed);
  }

  get offset(): number {
    return this.#ingestion.offset;
  }

  /** Up to where this try began: the file grows behind that. */
  async *earlier(): AsyncGenerator<Chunk> {
    if (this.resumed === 0) return;
    let left = this.resumed;
    for await (const chunk of fileChunks(openSync(this.#path, "r"))) {
      yield chunk.subarray(0, left);
      left -= chunk.length;
      if (left <= 0) return;
    }
  }

  write(chunk: Uint8Array): void {
    this.#ingestion.write(chunk);
  }

  commit(expected: Expected = {}): Promise<BlobInfo> {
    return this.#ingestion.commit({ ...expected, digest: this.#digest });
  }

  discard(): void {
    this.#ingestion.discard();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#ingestion.leave();
    } finally {
      await this.#lock[Symbol.asyncDispose]();
    }
  }
}

/** Loaded by the first use: what only lists blobs has none for it. */
function kernel() {
  return require("#kernel") as typeof import("#kernel");
}
