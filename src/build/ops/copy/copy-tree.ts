import { fail } from "#errors";
import { inodeKey } from "#kernel";
import type { LayerEntry } from "#layer";
import type { TarHeader } from "#tar";
import type { FileMode } from "../../compile/file-mode.ts";
import { type ListedFile, listFiles } from "../../context/file-list.ts";
import { reading } from "../../context/reading.ts";
import type { SelectedSource } from "../../context/select.ts";
import type { PathFilter, SourceNode, SourceTree } from "../../context/source-tree.ts";
import { imageXattrs } from "../../context/xattrs.ts";
import { type Owner, ROOT_OWNER } from "../owner.ts";
import type { Destination } from "./destination.ts";
import type { RootEntry } from "./root-view.ts";

/** What files are given on their way into a layer. */
export interface CopyRules {
  /** Absent: a context's files become root's, those of a stage keep their owners. */
  readonly owner: Owner | undefined;
  readonly keepOwners: boolean;
  readonly mode: FileMode | undefined;
  readonly filter: PathFilter | undefined;
}

/** What is copied from, and to where: `path` is as the Dockerfile says, from the root. */
export interface CopyTask {
  readonly tree: SourceTree;
  readonly source: SelectedSource;
  readonly path: string;
  readonly rules: CopyRules;
}

const NO_XATTRS: TarHeader["xattrs"] = new Map();

/**
 * The entries that copying one source makes, by the rules of BuildKit: the contents of a
 * directory go into the destination, which keeps its own attributes; a file goes to the
 * destination or, when that is a directory, into it. Hard links among the sources stay links.
 */
export async function* copySource(
  task: CopyTask,
  destination: Destination,
  links: Map<string, string>,
): AsyncGenerator<LayerEntry> {
  const { tree, source, rules } = task;
  const isDirectory = source.node.inode.type === "directory";
  const at = yield* placeFor(task.path, source.name, isDirectory, destination);
  for (const file of listFiles(tree, [source], rules.filter)) {
    if (isDirectory && file.below === "") continue;
    const path = file.below === "" ? at : joinPath(at, file.below);
    const header = reading(file.node.path, () => headerOf(tree, file.node, path, rules));
    refuseWhiteout(file.node);
    const found = await checkReplaceable(destination, path, header.type);
    yield* destination.add(linked(tree, file, header, links), found);
  }
}

/** Makes the directories that are needed; gives the path of the file or directory itself. */
export async function* placeFor(
  path: string,
  name: string,
  isDirectory: boolean,
  destination: Destination,
): AsyncGenerator<LayerEntry, string> {
  const parent = path.endsWith("/") ? path : path.slice(0, path.lastIndexOf("/") + 1);
  yield* destination.makeDirectories(await destination.resolve(parent));
  const resolved = await destination.resolve(path);
  const found = await destination.find(resolved);
  if (isDirectory) {
    if (found !== undefined && found.type !== "directory")
      fail("failed-precondition", `cannot copy to non-directory: /${resolved}`);
    yield* destination.makeDirectories(resolved);
    return resolved;
  }
  return found?.type === "directory" ? joinPath(resolved, name) : resolved;
}

/** A file may take the place of a file, a directory that of a directory: gives which it is. */
export async function checkReplaceable(
  destination: Destination,
  path: string,
  type: TarHeader["type"],
): Promise<RootEntry | undefined> {
  const found = await destination.find(path);
  const isDirectory = type === "directory";
  if (found !== undefined && isDirectory && found.type !== "directory")
    fail("failed-precondition", `cannot copy to non-directory: /${path}`);
  if (found?.type === "directory" && !isDirectory)
    fail("failed-precondition", `cannot replace to directory /${path} with file`);
  return found;
}

/** In a layer such a name says that another file is removed. */
function refuseWhiteout({ path }: SourceNode): void {
  if (/(?:^|\/)\.wh\.[^/]*$/.test(path))
    fail(
      "invalid-argument",
      `cannot copy "/${path}": no layer can hold a name that begins with .wh.`,
    );
}

/** What a file of a tree is to be in a layer. */
export function headerOf(
  tree: SourceTree,
  node: SourceNode,
  path: string,
  rules: Omit<CopyRules, "filter">,
): LayerEntry["header"] {
  const { inode } = node;
  const type = inode.type as TarHeader["type"];
  const own = inode.mode;
  const mode = type === "symlink" ? 0o777 : (rules.mode?.(own, type === "directory") ?? own);
  const { uid, gid } = rules.owner ?? (rules.keepOwners ? inode : ROOT_OWNER);
  const { deviceMajor, deviceMinor } = inode;
  return {
    path,
    type,
    mode,
    uid,
    gid,
    size: type === "file" ? inode.size : 0,
    mtime: inode.mtime,
    xattrs: xattrsOf(tree, node),
    ...(type === "symlink" && { linkPath: tree.readLink(node) }),
    ...((type === "char" || type === "block") && { deviceMajor, deviceMinor }),
  };
}

/** Most files have none, which is known from when their digest was made. */
function xattrsOf(tree: SourceTree, { path, hasXattrs }: SourceNode): TarHeader["xattrs"] {
  return hasXattrs === false ? NO_XATTRS : imageXattrs(tree.locate(path));
}

function linked(
  tree: SourceTree,
  { node }: ListedFile,
  header: LayerEntry["header"],
  links: Map<string, string>,
): LayerEntry {
  if (header.type !== "file") return { header };
  const content = tree.locate(node.path);
  if (node.inode.linkCount < 2) return { header, content };
  const key = inodeKey(node.inode);
  const first = links.get(key);
  if (first !== undefined && first !== header.path)
    return { header: { ...header, type: "hardlink", linkPath: first, size: 0, xattrs: NO_XATTRS } };
  links.set(key, header.path);
  return { header, content };
}

function joinPath(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}
