import { posix } from "node:path";
import { type Bytes, type Chunk, collect, peek } from "#bytes";
import { fail, type KindedError } from "#errors";
import { type Digest, digestOf, isDigest } from "#oci";
import type { LayerRow, Lease } from "#state";
import { readTar, type TarHeader } from "#tar";
import type { DecompressOptions } from "../decompress.ts";
import type { LoadOptions } from "../image-service.ts";
import type { ImageStore } from "../image-store.ts";
import { MAX_JSON_SIZE } from "../read-image.ts";
import { storeEntry } from "./store-entry.ts";

/** What one path of an archive holds. */
export type ArchiveEntry =
  /** Small enough for memory: JSON, or a small layer. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** Stored as a blob, and what it is as a layer, or why it is none. */
  | {
      readonly kind: "blob";
      readonly blob: Digest;
      readonly size: number;
      readonly layer: LayerRow | KindedError;
    }
  | { readonly kind: "link"; readonly target: string };

export type ArchiveEntries = ReadonlyMap<string, ArchiveEntry>;

export interface ReadOptions extends Pick<LoadOptions, "onEvent" | "signal">, DecompressOptions {}

const SMALL = 64 * 1024;
const MOST_IN_MEMORY = 64 * 1024 * 1024;
const MOST_ENTRIES = 100_000;
const BLOB_PATH = /^blobs\/(sha256|sha384|sha512)\/([0-9a-f]+)$/;

/**
 * Reads an image archive in one pass, whatever the order of its entries: small files stay in
 * memory, all others become blobs (held by the lease) and are checked as layers on the way. A
 * blob must have the digest that its path says. Nothing here touches a path of the archive's.
 */
export async function readEntries(
  store: ImageStore,
  tar: Bytes,
  lease: Lease,
  options: ReadOptions,
): Promise<ArchiveEntries> {
  const entries = new Map<string, ArchiveEntry>();
  let inMemory = 0;
  for await (const { header, body } of readTar(tar)) {
    options.signal?.throwIfAborted();
    const path = pathOf(header);
    if (header.type === "directory" || path === "") continue;
    checkEntry(entries, header, path);
    const entry = await readEntry(store, { header, body, path }, lease, {
      ...options,
      room: MOST_IN_MEMORY - inMemory,
    });
    if (entry?.kind === "bytes") inMemory += header.size;
    if (entry) entries.set(path, entry);
  }
  return entries;
}

/** The digest that a path of an image layout says its content has. */
export function digestIn(path: string): Digest | undefined {
  const [, algorithm, hex] = BLOB_PATH.exec(path) ?? [];
  const digest = `${algorithm}:${hex}`;
  return isDigest(digest) ? digest : undefined;
}

/** Normal form of a path in an archive, as the key of its entry. */
export function normalPath(path: string): string {
  return posix.normalize(`/${path}`).slice(1);
}

function pathOf({ path }: TarHeader): string {
  if (path.split("/").includes(".."))
    fail("invalid-argument", `the archive's entry ${JSON.stringify(path)} leaves the archive`);
  return normalPath(path);
}

function checkEntry(entries: ArchiveEntries, header: TarHeader, path: string): void {
  if (entries.size >= MOST_ENTRIES)
    fail("resource-exhausted", `the archive has more than ${MOST_ENTRIES} files: no image has`);
  if (entries.has(path)) fail("invalid-argument", `the archive has ${JSON.stringify(path)} twice`);
  if (header.sparse)
    fail("unsupported", `the archive's entry ${JSON.stringify(path)} is a sparse file`);
}

async function readEntry(
  store: ImageStore,
  { header, body, path }: { header: TarHeader; body: Bytes; path: string },
  lease: Lease,
  options: ReadOptions & { room: number },
): Promise<ArchiveEntry | undefined> {
  if (header.type === "symlink")
    return { kind: "link", target: posix.join(posix.dirname(path), header.linkPath ?? "") };
  if (header.type === "hardlink")
    return { kind: "link", target: normalPath(header.linkPath ?? "") };
  if (header.type !== "file") return undefined;
  const digest = digestIn(path);
  const head = await peek(body, 1);
  if (isForMemory(header.size, head.first, options.room)) {
    const bytes = await collect(head.bytes, header.size);
    return { kind: "bytes", bytes: checked(bytes, digest, path) };
  }
  const watched = progressing(head.bytes, path, header.size, options);
  return { kind: "blob", ...(await storeEntry(store, watched, digest, lease, options)) };
}

function isForMemory(size: number, first: Uint8Array, room: number): boolean {
  const looksLikeJson = first[0] === 0x7b || first[0] === 0x5b;
  return size <= room && size <= (looksLikeJson ? MAX_JSON_SIZE : SMALL);
}

function checked(bytes: Uint8Array, digest: Digest | undefined, path: string): Uint8Array {
  const matches = !digest?.startsWith("sha256:") || digestOf(bytes) === digest;
  return matches ? bytes : fail("data-loss", `the archive's ${path} has another digest`);
}

async function* progressing(
  body: Bytes,
  path: string,
  total: number,
  { onEvent, signal }: ReadOptions,
): AsyncGenerator<Chunk> {
  let bytes = 0;
  for await (const chunk of body) {
    signal?.throwIfAborted();
    yield chunk;
    bytes += chunk.length;
    onEvent?.({ kind: "layer", path, bytes, total });
  }
}
