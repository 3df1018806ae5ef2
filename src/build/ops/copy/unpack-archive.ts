import { closeSync, createReadStream, openSync, rmSync, writeSync } from "node:fs";
import { type Bytes, collect, systemPath } from "#bytes";
import { fail, kindOf, messageOf } from "#errors";
import { decompress } from "#image";
import type { LayerEntry } from "#layer";
import { readTar, type TarHeader, type TarMember } from "#tar";
import { type SourceTree, segmentsOf } from "../../context/source-tree.ts";
import type { Owner } from "../owner.ts";
import { headerOf } from "./copy-tree.ts";
import type { Destination } from "./destination.ts";

/** A file that is an archive. */
export interface Archive {
  /** For messages. */
  readonly name: string;
  readonly path: string;
}

export interface UnpackOptions {
  /** In place of the members' own. */
  readonly owner: Owner | undefined;
  /** A path for one large member at a time. */
  readonly spool: () => string;
  /** What is in the root file system, for links to it. */
  readonly below: (() => Promise<SourceTree>) | undefined;
  readonly signal: AbortSignal;
}

type Add = (entry: LayerEntry) => AsyncGenerator<LayerEntry>;

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
 * one is given; one that would lead out of the destination fails with `invalid-argument`. All
 * messages name the archive.
 */
export async function* unpackArchive(
  { name, path }: Archive,
  directory: string,
  destination: Destination,
  options: UnpackOptions,
): AsyncGenerator<LayerEntry> {
  try {
    yield* unpackMembers(path, directory, destination, options);
  } catch (error) {
    options.signal.throwIfAborted();
    fail(kindOf(error), `cannot unpack "/${name}": ${messageOf(error)}`, error);
  }
}

async function* unpackMembers(
  path: string,
  directory: string,
  destination: Destination,
  options: UnpackOptions,
): AsyncGenerator<LayerEntry> {
  const { owner, spool, signal } = options;
  const root = await destination.resolve(directory);
  yield* destination.makeDirectories(root);
  for await (const { header, body } of openArchive(path, signal)) {
    const at = await placeOf(root, header.path, destination);
    if (at === root) continue;
    yield* destination.makeDirectories(at.slice(0, Math.max(at.lastIndexOf("/"), 0)));
    const found = await destination.find(at);
    const add = (entry: LayerEntry) => destination.add(entry, found);
    // The body comes with its holes filled.
    const { sparse: _, ...whole } = header;
    const placed = { ...whole, ...owner, path: at };
    if (header.type === "hardlink") {
      const linkPath = await placeOf(root, header.linkPath ?? "", destination);
      yield* raise(linkPath, header, destination, options);
      yield* add({ header: { ...placed, linkPath } });
    } else if (header.type !== "file") yield* add({ header: placed });
    else if (header.size <= MOST_IN_MEMORY)
      yield* add({ header: placed, content: await collect(body, header.size) });
    else yield* spooled(placed, body, spool, add);
  }
}

/**
 * A hard link is to a member before it, or to a file that the image has: that becomes part of
 * the layer, as when Docker unpacks an archive over a root file system.
 */
async function* raise(
  path: string,
  link: TarHeader,
  destination: Destination,
  { below }: UnpackOptions,
): AsyncGenerator<LayerEntry> {
  if (destination.isPut(path)) return;
  const tree = await below?.();
  const node = tree?.find(path);
  if (tree === undefined || node?.inode.type !== "file")
    return fail(
      "invalid-argument",
      `hard link ${JSON.stringify(link.path)} in the archive: no file ${JSON.stringify(`/${path}`)} is there yet`,
    );
  const header = headerOf(tree, node, path, {
    owner: undefined,
    keepOwners: true,
    mode: undefined,
  });
  yield* destination.add({ header, content: tree.locate(path) }, undefined);
}

async function* spooled(
  header: LayerEntry["header"],
  body: Bytes,
  spool: () => string,
  add: Add,
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
