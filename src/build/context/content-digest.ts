import { setImmediate as nextTurn } from "node:timers/promises";
import { encodePath } from "#bytes";
import type { Digest } from "#oci";
import type { FactTable } from "#state";
import type { ListedFile } from "./file-list.ts";
import { FileRecords } from "./file-records.ts";
import { fingerprint, isFresh } from "./fingerprint.ts";
import type { SourceTree } from "./source-tree.ts";

const NAMESPACE = "build-content";
const KEEP_MS = 30 * 24 * 3600 * 1000;
const TURN_MS = 20;

/** How a tree's files enter a layer, as far as it changes the layer's content. */
export interface ContentRules {
  /** Whether owners are kept; files of a build context become root's. */
  readonly owners: boolean;
}

/**
 * The digest of everything that files bring into a layer: names, modes, links, contents, extended
 * attributes, but no times. An untouched selection costs one look-up by its fingerprint.
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
  if (!files.some(({ node }) => isFresh(node.inode, now))) {
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
  const records = new FileRecords(facts);
  const hash = new Bun.CryptoHasher("sha256");
  let turn = performance.now();
  for (const file of files) {
    hash.update(encodePath(lineOf(tree, file, rules, records)));
    if (performance.now() - turn < TURN_MS) continue;
    await nextTurn();
    signal.throwIfAborted();
    turn = performance.now();
  }
  records.flush();
  return `sha256:${hash.digest("hex")}` as Digest;
}

function lineOf(tree: SourceTree, file: ListedFile, rules: ContentRules, records: FileRecords) {
  const { node, source, below } = file;
  const { type, mode, uid, gid } = node.inode;
  const owner = rules.owners ? `${uid}:${gid}` : "";
  const { content, xattrs } = records.of(tree, node);
  node.hasXattrs = xattrs !== "";
  return `${source.name}\0${below}\0${type} ${mode}\0${owner}\0${xattrs}\0${content}\n`;
}
