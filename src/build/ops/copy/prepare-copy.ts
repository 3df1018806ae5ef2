import { posix } from "node:path";
import { didYouMean } from "#dockerfile";
import { fail } from "#errors";
import { AT_FDCWD, statAt } from "#kernel";
import { type Digest, digestOf } from "#oci";
import { isUrl } from "../../compile/copy-operation.ts";
import { contentDigest } from "../../context/content-digest.ts";
import { listFiles } from "../../context/file-list.ts";
import {
  cleanSegments,
  hasWildcards,
  type SelectedSource,
  selectSources,
} from "../../context/select.ts";
import { SourceTree } from "../../context/source-tree.ts";
import { ignoreFilter } from "../../load-dockerfile.ts";
import type { CopyOperation } from "../../plan.ts";
import type { BuildSession } from "../../session.ts";
import type { RootState } from "../../solver/root-state.ts";
import { checkFetched, type FetchedFile, fetchUrl } from "./fetch-url.ts";

/** One source of a COPY or ADD and what it turned out to be. */
export type ResolvedSource =
  | { readonly kind: "files"; readonly selected: readonly SelectedSource[] }
  | { readonly kind: "fetched"; readonly file: FetchedFile };

/** What a COPY reads: known by its digest; the files themselves are opened when needed. */
export interface CopyInput {
  readonly digest: Digest;
  /** The files in order of the sources. Mounts the tree of a stage or image. */
  open(): Promise<{ tree: SourceTree; sources: ResolvedSource[] }>;
}

const STAGE_NAMESPACE = "build-stage-content";
const KEEP_MS = 30 * 24 * 3600 * 1000;

/** What a COPY from the build context reads. */
export async function contextInput(
  operation: CopyOperation,
  session: BuildSession,
): Promise<CopyInput> {
  const tree = await session.context();
  const sources = await resolveSources(tree, operation, session);
  const digest = await digestSources(tree, sources, operation, session, false);
  return { digest, open: async () => ({ tree, sources }) };
}

/**
 * What a COPY from a stage or an image reads. Its files never change, so the digest is
 * remembered by its layers, and an unchanged build does not even unpack them.
 */
export async function stageInput(
  operation: CopyOperation,
  root: RootState,
  session: BuildSession,
): Promise<CopyInput> {
  const { facts } = session.store.state;
  const { sources, exclude } = operation;
  const selection = digestOf(JSON.stringify([root.chain ?? "", sources, exclude]));
  const open = async () => {
    const tree = new SourceTree(await session.trees.mount(root.layers));
    return { tree, sources: await resolveSources(tree, operation, session) };
  };
  const known = facts.get(STAGE_NAMESPACE, selection);
  if (known !== undefined) return { digest: known as Digest, open };
  const opened = await open();
  const digest = await digestSources(opened.tree, opened.sources, operation, session, true);
  facts.put(STAGE_NAMESPACE, selection, digest);
  facts.prune(STAGE_NAMESPACE, Date.now() - KEEP_MS);
  return { digest, open: async () => opened };
}

async function resolveSources(
  tree: SourceTree,
  operation: CopyOperation,
  session: BuildSession,
): Promise<ResolvedSource[]> {
  const { store, lease, signal } = session;
  const { content, state } = store;
  const resolved: ResolvedSource[] = [];
  for (const source of operation.sources) {
    if (isUrl(source)) {
      const file = await fetchUrl(source, { content, facts: state.facts, lease, signal });
      checkFetched(file, operation.checksum, source);
      resolved.push({ kind: "fetched", file });
    } else resolved.push({ kind: "files", selected: select(tree, source, session) });
  }
  return resolved;
}

function select(tree: SourceTree, source: string, session: BuildSession): SelectedSource[] {
  const selected = selectSources(tree, source) ?? failMissing(tree, source);
  if (selected.length === 0 && hasWildcards(source))
    session.warn(`${source} matches no file, so that nothing is copied for it`);
  return selected;
}

async function digestSources(
  tree: SourceTree,
  sources: readonly ResolvedSource[],
  { exclude }: CopyOperation,
  { store, signal }: BuildSession,
  owners: boolean,
): Promise<Digest> {
  const selected = sources.flatMap((source) => (source.kind === "files" ? source.selected : []));
  const fetched = sources.flatMap((source) => (source.kind === "fetched" ? [source.file] : []));
  const files = listFiles(tree, selected, ignoreFilter(exclude));
  const digest = await contentDigest(tree, files, { owners }, store.state.facts, signal);
  if (fetched.length === 0) return digest;
  return digestOf(
    JSON.stringify([digest, fetched.map(({ name, digest, mtime }) => [name, digest, mtime])]),
  );
}

/** In BuildKit's words, with what may be the reason. */
function failMissing(tree: SourceTree, source: string): never {
  const path = cleanSegments(source).join("/");
  const why = leadsOut(source) ? `: ${source} leads out of the root` : reasonFor(tree, path);
  return fail("not-found", `failed to compute cache key: "/${path}": not found${why}`);
}

function leadsOut(source: string): boolean {
  return /^\.\.(?:\/|$)/.test(posix.normalize(source.replace(/^\/+/, "")));
}

function reasonFor(tree: SourceTree, path: string): string {
  const hidden = new SourceTree(tree.root).follow(path) !== undefined;
  if (hidden) return ": it is excluded by the .dockerignore file";
  return isSocket(tree, path) ? ": no image can hold a socket" : nearMiss(tree, path);
}

function isSocket(tree: SourceTree, path: string): boolean {
  const parent = tree.follow(posix.dirname(path));
  const place = parent && `${tree.locate(parent.path)}/${posix.basename(path)}`;
  return place !== undefined && statAt(AT_FDCWD, place)?.type === "socket";
}

function nearMiss(tree: SourceTree, path: string): string {
  const slash = path.lastIndexOf("/");
  const parent = tree.follow(path.slice(0, Math.max(slash, 0)));
  if (parent === undefined || parent.inode.type !== "directory") return "";
  const names = tree.list(parent).map((node) => node.path.slice(node.path.lastIndexOf("/") + 1));
  return didYouMean(path.slice(slash + 1), names);
}
