import { encodePath } from "#bytes";
import { chunkCount, writeErofs } from "#erofs";
import { fail } from "#errors";
import { type SparseFragment, type TarHeader, TarParser, type TarSink } from "#tar";
import {
  EntryRules,
  type LayerLimits,
  type LayerSummary,
  type Place,
  shown,
} from "./entry-rules.ts";
import { IndexBudget } from "./index-budget.ts";
import {
  IndexTree,
  isDirectory,
  isOpaque,
  isWhiteout,
  makeOpaque,
  markSettled,
  type TreeDirectory,
  type TreeNode,
  type TreePlace,
  whiteout,
} from "./index-tree.ts";
import { settledXattrs } from "./index-xattrs.ts";

const BLOCK = 512;
/** Largest sparse file whose content the index itself keeps, bytes. */
const MOST_KEPT = 64 << 20;
/** The same of all of a layer's. */
const MOST_KEPT_IN_ALL = 256 << 20;
/** Chunks of all sparse files; the index has eight bytes for each. */
const MOST_CHUNKS = 1_000_000;
/** Names and values of all extended attributes, and targets of all symlinks, bytes each. */
const MOST_XATTRS = 64 << 20;
const MOST_TARGETS = 64 << 20;

export interface IndexedLayer extends LayerSummary {
  /**
   * An EROFS image of the layer alone. Its files are stretches of the tar, its device; what the
   * layer takes away has overlay's marks; directories that it has no entry for are marked too.
   * `settleIndex` makes of it what can be mounted on other layers. Made when it is asked for.
   */
  readonly index: Uint8Array;
}

/** Takes a layer's uncompressed tar and touches no file system. */
export interface LayerIndexing {
  /** Fails as soon as an entry breaks a rule that `applyLayer` has. */
  write(chunk: Uint8Array): void;
  /** The whole layer is there; fails with `data-loss` when it is cut off. */
  end(): IndexedLayer;
}

/**
 * Indexes a layer while its bytes pass by, by the rules of `applyLayer`. Memory grows with the
 * number of entries, not with their content; what else they bring is limited for all together.
 */
export function indexLayer(limits: LayerLimits = {}): LayerIndexing {
  const sink = new IndexSink(limits);
  const parser = new TarParser(sink);
  let size = 0;
  return {
    write(chunk) {
      size += chunk.length;
      parser.write(chunk);
    },
    end() {
      parser.end();
      return sink.end(size);
    },
  };
}

/** Makes the index of a layer of its entries, as a parser finds them or as they are written. */
export class IndexSink implements TarSink {
  readonly #rules: EntryRules;
  readonly #tree = new IndexTree();
  #hasMarks = false;
  /** The content of the file that is coming in, where the index keeps it. */
  #kept: Uint8Array | undefined;
  #keptInAll = 0;
  readonly #chunks = new IndexBudget(MOST_CHUNKS, "chunks of sparse files");
  readonly #xattrs = new IndexBudget(MOST_XATTRS, "bytes of extended attributes");
  readonly #targets = new IndexBudget(MOST_TARGETS, "bytes of symlinks' targets");

  constructor(limits: LayerLimits) {
    this.#rules = new EntryRules(limits);
  }

  /** All entries have come, of a tar with this many bytes. */
  end(tarSize: number): IndexedLayer {
    const { root, isExplicit } = this.#tree;
    if (isExplicit && !this.#hasMarks) markSettled(root.node);
    const deviceSize = tarSize - (tarSize % BLOCK);
    let index: Uint8Array | undefined;
    return {
      ...this.#rules.summary,
      get index() {
        index ??= writeErofs(root.node, { deviceSize });
        return index;
      },
    };
  }

  entry(header: TarHeader, contentAt: number): void {
    this.#kept = undefined;
    const meaning = this.#rules.check(header);
    if (meaning.kind === "change") this.#change(header, contentAt, meaning.at, meaning.link);
    else if (meaning.kind === "root") this.#setAttributes(this.#tree.root.node, header);
    else if (meaning.kind === "whiteout") this.#hide(meaning.at);
    else if (meaning.kind === "opaque") this.#hideAll(meaning.directory);
  }

  data(chunk: Uint8Array, position: number): void {
    this.#kept?.set(chunk, position);
  }

  close(): void {}

  #change(header: TarHeader, contentAt: number, at: Place, link: Place | undefined): void {
    const parent = this.#tree.directory(at.directory);
    if (link) this.#link(header, parent, at.name, link);
    else if (header.type === "directory") this.#makeDirectory(header, parent, at.name);
    else this.#place(parent, at.name, this.#nodeOf(header, contentAt));
  }

  #nodeOf(header: TarHeader, contentAt: number): TreeNode {
    const attributes = this.#attributesOf(header);
    const node: TreeNode = { type: header.type as TreeNode["type"], ...attributes };
    const { type, size, linkPath = "", deviceMajor = 0, deviceMinor = 0 } = header;
    // As the kernel has it, whatever an archive says.
    if (type === "symlink") Object.assign(node, { linkPath, mode: 0o777 });
    if (type === "symlink") this.#targets.spend(encodePath(linkPath).length, header.path);
    if (type === "char" || type === "block") Object.assign(node, { deviceMajor, deviceMinor });
    if (type === "file") Object.assign(node, { size }, this.#contentOf(header, contentAt));
    return node;
  }

  #contentOf(header: TarHeader, contentAt: number): Pick<TreeNode, "content" | "extents"> {
    const { size, sparse = [{ offset: 0, length: size }] } = header;
    const extents = locate(sparse, contentAt);
    if (extents.every((extent) => isAligned(extent, size))) {
      if (header.sparse) this.#chunks.spend(chunkCount(extents, size, BLOCK), header.path);
      return { extents };
    }
    this.#keptInAll += size;
    if (size > MOST_KEPT || this.#keptInAll > MOST_KEPT_IN_ALL)
      fail(
        "resource-exhausted",
        `sparse file ${shown(header.path)} has data that begins inside a block of ${BLOCK} bytes: ` +
          `this is possible up to ${MOST_KEPT} bytes a file and ${MOST_KEPT_IN_ALL} a layer`,
      );
    this.#kept = new Uint8Array(size);
    return { content: this.#kept };
  }

  #makeDirectory(header: TarHeader, parent: TreePlace, name: string): void {
    const found = parent.node.children.get(name);
    if (isDirectory(found)) {
      this.#setAttributes(found, header);
      return;
    }
    const made: TreeDirectory = {
      type: "directory",
      ...this.#attributesOf(header),
      children: new Map(),
    };
    if (found && isWhiteout(found)) makeOpaque(made);
    this.#place(parent, name, made);
  }

  #link(header: TarHeader, parent: TreePlace, name: string, link: Place): void {
    const from = this.#tree.existing(link.directory);
    const target = from?.node.children.get(link.name);
    const replaced = parent.node.children.get(name);
    if (!target || isDirectory(target) || isWhiteout(target) || isWithin(from, replaced))
      fail(
        "invalid-argument",
        `hard link ${shown(header.path)} points to ${shown(header.linkPath!)}, which is no file in this layer`,
      );
    this.#place(parent, name, target);
  }

  #place({ node: { children } }: TreePlace, name: string, node: TreeNode): void {
    const found = children.get(name);
    children.set(name, node);
    // A directory or link that is gone must not be walked through by way of the cache.
    if (found?.type === "directory" || found?.type === "symlink") this.#tree.forget();
  }

  #hideAll(directory: string): void {
    this.#hasMarks = true;
    makeOpaque(this.#tree.directory(directory).node);
  }

  #hide({ directory, name }: Place): void {
    this.#hasMarks = true;
    const { children } = this.#tree.directory(directory).node;
    const own = children.get(name);
    if (own === undefined) children.set(name, whiteout());
    // A file hides what is below by itself, a directory would be merged with it.
    else if (isDirectory(own)) makeOpaque(own);
  }

  #setAttributes(directory: TreeDirectory, header: TarHeader): void {
    const wasOpaque = isOpaque(directory);
    Object.assign(directory, this.#attributesOf(header));
    if (wasOpaque) makeOpaque(directory);
  }

  #attributesOf(header: TarHeader) {
    const { uid, gid, mtime, path } = header;
    const settled = settledXattrs(header);
    for (const [name, value] of settled.xattrs)
      this.#xattrs.spend(encodePath(name).length + value.length, path);
    return { uid, gid, mtime, ...settled };
  }
}

/** Whether a place is in a directory or is it. */
function isWithin(place: TreePlace | undefined, directory: TreeNode | undefined): boolean {
  for (let at = place; at; at = at.above) if (at.node === directory) return true;
  return false;
}

type Extent = SparseFragment & { readonly position: number };

/** Where in the tar the stretches of a file are: one right after the other. */
function locate(fragments: readonly SparseFragment[], contentAt: number): Extent[] {
  let position = contentAt;
  return fragments.flatMap(({ offset, length }) => {
    const extent = { offset, length, position };
    position += length;
    return length === 0 ? [] : [extent];
  });
}

function isAligned({ offset, length, position }: Extent, size: number): boolean {
  const isWhole = length % BLOCK === 0 || offset + length === size;
  return isWhole && offset % BLOCK === 0 && position % BLOCK === 0;
}
