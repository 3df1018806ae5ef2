import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { namesIn } from "#bytes";
import { newIngestPath } from "#content";
import type { ErofsReader } from "#erofs";
import { algorithmOf, type DiffId, hexOf, isDigest } from "#oci";

/**
 * What is in the layers of a store, a file for each (see `indexLayer`), beside the blobs and
 * derived from them: written without syncing, and made again when it is missing or torn.
 */
export interface LayerIndexes {
  /** The index as a file; undefined when it is missing, not whole or another layer's. */
  find(diffId: DiffId): string | undefined;
  /** Opened; undefined when it is missing, not whole or another layer's. */
  open(diffId: DiffId): ErofsReader | undefined;
  put(diffId: DiffId, index: Uint8Array): void;
  /** Removes those of all other layers. */
  keepOnly(needed: ReadonlySet<DiffId>): void;
}

const FOLDER = "indexes";

/** The indexes of the store at `root`. */
export function openLayerIndexes(root: string): LayerIndexes {
  const pathOf = (diffId: DiffId) => join(root, FOLDER, algorithmOf(diffId), hexOf(diffId));
  const whole = new Set<DiffId>();
  const read = (diffId: DiffId) => readIntact(pathOf(diffId), labelOf(diffId));
  return {
    find(diffId) {
      if (!whole.has(diffId) && read(diffId) === undefined) return undefined;
      whole.add(diffId);
      return existsSync(pathOf(diffId)) ? pathOf(diffId) : undefined;
    },
    open(diffId) {
      const bytes = read(diffId);
      return bytes && erofs().openErofs(bytes);
    },
    put(diffId, index) {
      write(root, pathOf(diffId), erofs().labelErofs(index, labelOf(diffId)));
    },
    keepOnly(needed) {
      for (const diffId of stored(root))
        if (!needed.has(diffId)) rmSync(pathOf(diffId), { force: true });
    },
  };
}

/** What an index is known by: it would be as whole as any other under another layer's name. */
function labelOf(diffId: DiffId): Uint8Array {
  return Buffer.from(hexOf(diffId).slice(0, 32), "hex");
}

function readIntact(path: string, label: Uint8Array): Uint8Array | undefined {
  try {
    const bytes = readFileSync(path);
    return erofs().isIntactErofs(bytes, label) ? bytes : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function write(root: string, path: string, index: Uint8Array): void {
  const temporary = newIngestPath(root);
  for (const file of [temporary, path]) mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(temporary, index, { mode: 0o600 });
  renameSync(temporary, path);
}

function stored(root: string): DiffId[] {
  return namesIn(join(root, FOLDER)).flatMap((algorithm) =>
    namesIn(join(root, FOLDER, algorithm))
      .map((hex) => `${algorithm}:${hex}`)
      .filter((digest) => isDigest(digest))
      .map((digest) => digest as DiffId),
  );
}

/** Loaded by the first index: what only lists images has no use for it. */
function erofs() {
  return require("#erofs") as typeof import("#erofs");
}
