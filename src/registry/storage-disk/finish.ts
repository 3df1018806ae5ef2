import { type FileHandle, mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { fail } from "#errors";
import { algorithmOf, type Digest } from "#oci";
import type { StoredBlob, UploadRecord } from "../records.ts";
import { failWriting } from "./disk-errors.ts";
import type { DiskHashes } from "./disk-hashes.ts";
import { blobPath, locationOf, uploadPath } from "./layout.ts";
import { type SettledDirectories, syncDirectory } from "./settled-directories.ts";

const CHUNK = 1 << 20;

/**
 * Turns an upload's file into a blob, once it has the digest that was promised.
 *
 * @param settled undefined: a power cut may take it away
 */
export async function finishUpload(
  root: string,
  hashes: DiskHashes,
  upload: UploadRecord,
  digest: Digest,
  settled: SettledDirectories | undefined,
): Promise<StoredBlob> {
  const path = uploadPath(root, upload.id);
  const location = locationOf(digest, upload.id);
  try {
    await verify(path, hashes, upload, digest, settled !== undefined);
    await publish(path, blobPath(root, location), settled);
    return { digest, size: upload.offset, location };
  } catch (error) {
    return failWriting(error);
  }
}

async function verify(
  path: string,
  hashes: DiskHashes,
  upload: UploadRecord,
  digest: Digest,
  durable: boolean,
): Promise<void> {
  await using file = await open(path, "r+");
  const { size } = await file.stat();
  if (size < upload.offset) fail("data-loss", "the upload has lost bytes; begin it again");
  if (size > upload.offset) await file.truncate(upload.offset);
  const actual = await digestOfUpload(file, hashes, upload, algorithmOf(digest));
  if (actual !== digest)
    fail("data-loss", `provided digest did not match uploaded content: ${digest}, not ${actual}`);
  // A collection takes stray files by their age: this one will be recorded in a moment.
  const now = new Date();
  await file.utimes(now, now);
  await file.chmod(0o444);
  if (durable) await file.sync();
}

async function digestOfUpload(
  file: FileHandle,
  hashes: DiskHashes,
  { id, offset }: UploadRecord,
  algorithm: string,
): Promise<string> {
  const running = hashes.take(id, offset);
  const hasher =
    running?.algorithm === algorithm ? running.hasher : await hashFile(file, offset, algorithm);
  return `${algorithm}:${hasher.digest("hex")}`;
}

async function hashFile(
  file: FileHandle,
  length: number,
  algorithm: string,
): Promise<Bun.CryptoHasher> {
  const hasher = new Bun.CryptoHasher(algorithm as Bun.SupportedCryptoAlgorithms);
  const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, length));
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(CHUNK, length - at), at);
    if (bytesRead === 0) fail("data-loss", "the upload has lost bytes; begin it again");
    hasher.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  return hasher;
}

async function publish(
  from: string,
  to: string,
  settled: SettledDirectories | undefined,
): Promise<void> {
  const directory = dirname(to);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await rename(from, to);
  if (!settled) return;
  await syncDirectory(directory);
  await settled.settle(directory);
}
