import {
  closeSync,
  fchmodSync,
  fsync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { fail } from "#errors";
import type { HashThread } from "#kernel";
import type { Digest } from "#oci";
import type { Algorithm, BlobInfo, Expected, Ingestion, Scratch } from "./content-store.ts";
import { failWriting } from "./disk-errors.ts";
import { ensureLayout } from "./ensure-layout.ts";
import { newIngestPath } from "./ingest-path.ts";
import { blobDirectory, blobPath } from "./layout.ts";
import { checkExpected, startHash } from "./verify.ts";

/** From here on a blob is hashed and written on a thread of its own. */
const THREAD_AFTER = 16 << 20;

/** Small writes are gathered up to this many bytes, so that a blob costs few system calls. */
const GATHERED = 1 << 20;

/** A blob on its way into the layout at `root`. */
export function ingestFile(root: string, algorithm: Algorithm): Ingestion & Scratch {
  try {
    ensureLayout(root, algorithm);
    return new DiskIngestion(root, algorithm, newIngestPath(root));
  } catch (error) {
    return failWriting(root, error);
  }
}

/** A file that becomes a blob when it is committed. */
export class DiskIngestion implements Ingestion, Scratch {
  readonly #root: string;
  readonly #algorithm: Algorithm;
  readonly #path: string;
  readonly #hash;
  #fd: number | undefined;
  #gathered: Buffer | undefined;
  #thread: HashThread | undefined;
  #filled = 0;
  /** Bytes that were taken, and those of them that were passed on to the file. */
  #offset = 0;
  #written = 0;
  /** Nothing more comes, and the file is still there. */
  #isFinished = false;

  /** With `start` the file is there already and so many of its bytes count. */
  constructor(root: string, algorithm: Algorithm, path: string, start?: number) {
    this.#root = root;
    this.#algorithm = algorithm;
    this.#hash = startHash(algorithm);
    this.#path = path;
    this.#fd = openSync(path, start === undefined ? "wx+" : "r+", 0o600);
    this.#offset = this.#written = start ?? 0;
    if (this.#written > 0) this.#thread = startThread(this.#fd, algorithm, this.#written);
  }

  get offset(): number {
    return this.#offset;
  }

  write(chunk: Uint8Array): void {
    if (this.#fd === undefined) fail("internal", "this ingestion has ended");
    if (this.#filled + chunk.length > GATHERED) this.#flush();
    if (chunk.length >= GATHERED) this.#writeOut(chunk);
    else this.#gather(chunk);
    this.#offset += chunk.length;
  }

  async commit(expected: Expected = {}): Promise<BlobInfo> {
    if (this.#fd === undefined) fail("internal", "this ingestion has ended");
    try {
      const info = this.#measure();
      const { digest } = info;
      checkExpected(info, expected);
      expected.announce?.(digest);
      if (!this.#isHere(info)) await this.#publish(digest);
      return info;
    } catch (error) {
      return failWriting(this.#root, error);
    } finally {
      this.discard();
    }
  }

  async finish(): Promise<BlobInfo & { readonly path: string }> {
    if (this.#fd === undefined) fail("internal", "this ingestion has ended");
    const info = this.#measure();
    this.#close();
    this.#isFinished = true;
    return { ...info, path: this.#path };
  }

  /** Ends it, and leaves what was taken, if that is anything, in the file. */
  leave(): void {
    if (this.#offset === 0) this.discard();
    if (this.#fd === undefined) return;
    try {
      this.#flush();
    } finally {
      this.#close();
    }
  }

  /** Ends it and removes the file. */
  discard(): void {
    if (this.#fd === undefined && !this.#isFinished) return;
    this.#close();
    rmSync(this.#path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.discard();
  }

  /** What all that was taken is. */
  #measure(): BlobInfo {
    this.#flush();
    const hex = this.#thread?.finish() ?? this.#hash.digest("hex");
    return { digest: `${this.#algorithm}:${hex}` as Digest, size: this.#offset };
  }

  #gather(chunk: Uint8Array): void {
    this.#gathered ??= Buffer.allocUnsafeSlow(GATHERED);
    this.#gathered.set(chunk, this.#filled);
    this.#filled += chunk.length;
  }

  #flush(): void {
    const filled = this.#gathered?.subarray(0, this.#filled);
    this.#filled = 0;
    if (filled && filled.length > 0) this.#writeOut(filled);
  }

  #writeOut(bytes: Uint8Array): void {
    try {
      if (this.#thread === undefined && this.#written < THREAD_AFTER) this.#writeHere(bytes);
      else this.#writeBeside(bytes);
      this.#written += bytes.length;
    } catch (error) {
      this.discard();
      failWriting(this.#root, error);
    }
  }

  #writeHere(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    for (let at = 0; at < bytes.length; )
      at += writeSync(this.#fd!, bytes, at, bytes.length - at, this.#written + at);
  }

  #writeBeside(bytes: Uint8Array): void {
    this.#thread ??= startThread(this.#fd!, this.#algorithm, this.#written);
    this.#thread.write(bytes);
  }

  /** Whether the blob is here in full: what a power cut cut short is replaced. */
  #isHere({ digest, size }: BlobInfo): boolean {
    return statSync(blobPath(this.#root, digest), { throwIfNoEntry: false })?.size === size;
  }

  async #publish(digest: Digest): Promise<void> {
    fchmodSync(this.#fd!, 0o444);
    await syncFile(this.#fd!);
    renameSync(this.#path, blobPath(this.#root, digest));
    await syncDirectory(blobDirectory(this.#root, this.#algorithm));
  }

  #close(): void {
    const fd = this.#fd;
    if (fd === undefined) return;
    this.#thread?.stop();
    this.#fd = undefined;
    closeSync(fd);
    this.#gathered = undefined;
  }
}

function startThread(fd: number, algorithm: Algorithm, start: number): HashThread {
  const { startHashThread } = require("#kernel") as typeof import("#kernel");
  return startHashThread({ fd, algorithm, start });
}

/** fsync(2) beside the event loop: records that name the blob are written after it. */
function syncFile(fd: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  fsync(fd, (error) => (error ? reject(error) : resolve()));
  return promise;
}

async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, "r");
  await directory.sync();
}
