import { setImmediate as nextTurn } from "node:timers/promises";
import { encodePath } from "#bytes";
import type { Digest } from "#oci";
import type { FactTable } from "#state";
import { FileDigests } from "./file-digests.ts";
import type { ListedFile } from "./file-list.ts";
import { fingerprint, isFresh } from "./fingerprint.ts";
import { reading } from "./reading.ts";
import type { SourceTree } from "./source-tree.ts";

const NAMESPACE = "build-content";
const KEEP_MS = 30 * 24 * 3600 * 1000;
const TURN_MS = 20;

/** How a tree's files enter a layer, as far as it changes the layer's content. */
export interface ContentRules {
  /** Whether owners are kept; files of a build context become root's. */
  readonly owners: boolean;
  /** The extended attributes of a file that are copied, for its digest. */
  readonly xattrs: (path: string) => string;
}

/**
 * The digest of everything that files bring into a layer: names, modes, links, contents, but no
 * times. An untouched selection costs one look-up by its fingerprint.
 */
export async function contentDigest(
  tree: SourceTree,
  files: readonly ListedFile[],
  rules: ContentRules,
  facts: FactTable,
  signal: AbortSignal,
): Promise<Digest> {
  const print = fingerprint(tree.root, files);
  const known = facts.get(NAMESPACE, print);
  if (known !== undefined) return known as Digest;
  const now = Date.now();
  const digest = await hashContents(tree, files, rules, facts, signal);
  if (!files.some(({ stats }) => isFresh(stats, now))) {
    facts.put(NAMESPACE, print, digest);
    facts.prune(NAMESPACE, now - KEEP_MS);
  }
  return digest;
}

async function hashContents(
  tree: SourceTree,
  files: readonly ListedFile[],
  rules: ContentRules,
  facts: FactTable,
  signal: AbortSignal,
): Promise<Digest> {
  const digests = new FileDigests(facts);
  const hash = new Bun.CryptoHasher("sha256");
  let turn = performance.now();
  for (const file of files) {
    hash.update(encodePath(record(tree, file, rules, digests)));
    if (performance.now() - turn < TURN_MS) continue;
    await nextTurn();
    signal.throwIfAborted();
    turn = performance.now();
  }
  digests.flush();
  return `sha256:${hash.digest("hex")}` as Digest;
}

function record(tree: SourceTree, file: ListedFile, rules: ContentRules, digests: FileDigests) {
  const { stats, source, below, path } = file;
  const owner = rules.owners ? `${stats.uid}:${stats.gid}` : "";
  const xattrs = reading(path, () => rules.xattrs(tree.locate(path)));
  const content = contentOf(tree, file, digests);
  return `${source.name}\0${below}\0${stats.mode}\0${owner}\0${xattrs}\0${content}\n`;
}

function contentOf(tree: SourceTree, file: ListedFile, digests: FileDigests): string {
  const { stats } = file;
  if (stats.isFile()) return digests.of(tree, file);
  if (stats.isSymbolicLink()) return tree.readLink(file);
  return stats.isDirectory() ? "" : String(stats.rdev);
}
