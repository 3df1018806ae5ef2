import { closeSync, createReadStream, openSync, rmSync, writeSync } from "node:fs";
import { type Bytes, collect, systemPath } from "#bytes";
import { fail } from "#errors";
import { decompress } from "#image";
import type { LayerEntry } from "#layer";
import { readTar, type TarHeader, type TarMember } from "#tar";
import { segmentsOf } from "../../context/source-tree.ts";
import type { Owner } from "../owner.ts";
import type { Destination } from "./destination.ts";

export interface UnpackOptions {
  /** In place of the members' own. */
  readonly owner: Owner | undefined;
  /** A path for one large member at a time. */
  readonly spool: () => string;
  readonly signal: AbortSignal;
}

/** Members up to this size pass through memory, larger ones through a file. */
const MOST_IN_MEMORY = 8 << 20;

/** Whether a file is a tar archive, plain or compressed, going by its content alone. */
export async function isArchive(path: string, signal: AbortSignal): Promise<boolean> {
  try {
    for await (const _ of openArchive(path, signal)) return true;
  } catch (error) {
    if (signal.aborted) throw error;
  }
  return false;
}

/**
 * The entries that unpacking an archive into a directory makes. Members keep their owners unless
 * one is given; one that would lead out of the destination fails with `invalid-argument`.
 */
export async function* unpackArchive(
  path: string,
  directory: string,
  destination: Destination,
  { owner, spool, signal }: UnpackOptions,
): AsyncGenerator<LayerEntry> {
  const root = await destination.resolve(directory);
  yield* destination.makeDirectories(root);
  for await (const { header, body } of openArchive(path, signal)) {
    const at = await placeOf(root, header.path, destination);
    if (at === root) continue;
    yield* destination.makeDirectories(at.slice(0, Math.max(at.lastIndexOf("/"), 0)));
    const found = await destination.find(at);
    // The body comes with its holes filled.
    const { sparse: _, ...whole } = header;
    const placed = { ...whole, ...owner, path: at };
    const link = await linkTarget(root, header, destination);
    if (header.type !== "file") yield* destination.add({ header: { ...placed, ...link } }, found);
    else if (header.size <= MOST_IN_MEMORY)
      yield* destination.add({ header: placed, content: await collect(body, header.size) }, found);
    else yield* spooled(placed, body, spool, (entry) => destination.add(entry, found));
  }
}

async function* spooled(
  header: TarHeader,
  body: Bytes,
  spool: () => string,
  add: (entry: LayerEntry) => AsyncGenerator<LayerEntry>,
): AsyncGenerator<LayerEntry> {
  const content = spool();
  const fd = openSync(content, "w", 0o600);
  try {
    for await (const chunk of body) writeFully(fd, chunk);
  } finally {
    closeSync(fd);
  }
  yield* add({ header, content });
  rmSync(content);
}

function writeFully(fd: number, chunk: Uint8Array): void {
  for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
}

async function* openArchive(path: string, signal: AbortSignal): AsyncGenerator<TarMember> {
  const { bytes } = await decompress(createReadStream(systemPath(path)), { signal });
  yield* readTar(bytes);
}

/** Where a member goes: its directories' symlinks followed, its own name not. */
async function placeOf(root: string, name: string, destination: Destination): Promise<string> {
  const segments = segmentsOf(name);
  if (segments.includes(".."))
    fail("invalid-argument", `archive member ${JSON.stringify(name)} leads out by ".."`);
  const last = segments.pop();
  if (last === undefined) return root;
  const parent = await destination.resolve([root, ...segments].join("/"));
  return parent === "" ? last : `${parent}/${last}`;
}

/** A hard link names another member; a symlink's text is its own. */
async function linkTarget(
  root: string,
  { type, linkPath = "" }: TarHeader,
  destination: Destination,
): Promise<Pick<TarHeader, "linkPath">> {
  return type === "hardlink" ? { linkPath: await placeOf(root, linkPath, destination) } : {};
}
