import { createReadStream } from "node:fs";
import { systemPath } from "#bytes";
import { fail } from "#errors";
import { decompress } from "#image";
import { readTar, type TarHeader, type TarMember } from "#tar";
import { segmentsOf } from "../../context/source-tree.ts";
import { entryOf } from "./copy-tree.ts";
import type { Destination } from "./destination.ts";
import type { LayerFile, Owner } from "./layer-file.ts";

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
  owner: Owner | undefined,
  signal: AbortSignal,
): AsyncGenerator<LayerFile> {
  const root = await destination.resolve(directory);
  yield* destination.makeDirectories(root);
  for await (const { header, body } of openArchive(path, signal)) {
    const at = await placeOf(root, header.path, destination);
    if (at === root) continue;
    yield* destination.makeDirectories(at.slice(0, Math.max(at.lastIndexOf("/"), 0)));
    const found = await destination.find(at);
    const placed = { ...header, ...owner, path: at };
    const link = await linkTarget(root, header, destination);
    destination.put(at, entryOf(header), found === undefined);
    yield header.type === "file"
      ? { header: placed, content: body }
      : { header: { ...placed, ...(link !== undefined && { linkPath: link }) } };
  }
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
): Promise<string | undefined> {
  return type === "hardlink" ? placeOf(root, linkPath, destination) : undefined;
}
