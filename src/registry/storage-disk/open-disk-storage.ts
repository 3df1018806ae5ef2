import { mkdirSync, statSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "#errors";
import { hexOf } from "#oci";
import type { BlobStorage } from "../blob-storage.ts";
import type { StoredBlob } from "../records.ts";
import { appendToUpload } from "./append.ts";
import { failWriting } from "./disk-errors.ts";
import { DiskHashes } from "./disk-hashes.ts";
import { finishUpload } from "./finish.ts";
import { blobPath, uploadPath } from "./layout.ts";
import { listStored } from "./list.ts";
import { SettledDirectories } from "./settled-directories.ts";

export interface DiskStorageOptions {
  /** False for what may be lost in a power cut, such as a cache; true when absent. */
  readonly durable?: boolean;
}

/**
 * Blobs as files below `root`, made when it is not there: `blobs/<algorithm>/<2 digits>/<hex>.<id
 * of the upload>`, so that what replaces a blob that is being collected is a file of its own; and
 * `uploads/<id>`, taken up again after a restart.
 */
export function openDiskStorage(
  root: string,
  { durable = true }: DiskStorageOptions = {},
): BlobStorage {
  mkdirSync(join(root, "uploads"), { recursive: true, mode: 0o700 });
  const hashes = new DiskHashes();
  const settled = durable ? new SettledDirectories(root) : undefined;
  return {
    async begin(id) {
      await writeFile(uploadPath(root, id), "", { mode: 0o600 }).catch(failWriting);
      return "";
    },
    append: (upload, bytes, options) => appendToUpload(root, hashes, upload, bytes, options),
    finish: (upload, digest) => finishUpload(root, hashes, upload, digest, settled),
    async abort({ id }) {
      hashes.take(id, 0);
      await rm(uploadPath(root, id), { force: true });
    },
    async read(blob, range) {
      const path = blobPath(root, blob.location);
      if (!isWhole(path, blob)) return undefined;
      const file = Bun.file(path);
      return range ? file.slice(range.start, range.end + 1) : file;
    },
    delete: (blob) => rm(blobPath(root, blob.location), { force: true }),
    list: () => listStored(root),
    async [Symbol.asyncDispose]() {},
  };
}

function isWhole(path: string, { digest, size }: StoredBlob): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats || stats.size === size) return stats !== undefined;
  return fail(
    "data-loss",
    `blob ${hexOf(digest)} has ${stats.size} bytes on disk in place of ${size}: delete it, run "registry gc --grace 0s" and push it again`,
  );
}
