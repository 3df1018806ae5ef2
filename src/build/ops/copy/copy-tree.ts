import { lstatSync } from "node:fs";
import { systemPath } from "#bytes";
import { fail } from "#errors";
import type { LayerEntry } from "#layer";
import type { TarHeader, TarTime } from "#tar";
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

const NANOSECONDS = 1_000_000_000n;

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
  const isDirectory = source.node.stats.isDirectory();
  const at = yield* placeFor(task.path, source.name, isDirectory, destination);
  for (const file of listFiles(tree, [source], rules.filter)) {
    if (isDirectory && file.below === "") continue;
    const path = file.below === "" ? at : joinPath(at, file.below);
    const header = reading(file.path, () => headerOf(tree, file, path, rules));
    refuseWhiteout(file);
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
function refuseWhiteout({ path }: ListedFile): void {
  if (/(?:^|\/)\.wh\.[^/]*$/.test(path))
    fail(
      "invalid-argument",
      `cannot copy "/${path}": no layer can hold a name that begins with .wh.`,
    );
}

/** What a file of a tree is to be in a layer. */
export function headerOf(
  tree: SourceTree,
  file: SourceNode,
  path: string,
  rules: Omit<CopyRules, "filter">,
): TarHeader {
  const type = typeOf(file);
  const { stats } = file;
  const isDirectory = type === "directory";
  const own = stats.mode & 0o7777;
  const mode = type === "symlink" ? 0o777 : (rules.mode?.(own, isDirectory) ?? own);
  const owner = rules.owner ?? (rules.keepOwners ? stats : ROOT_OWNER);
  return {
    path,
    type,
    mode,
    uid: owner.uid,
    gid: owner.gid,
    size: type === "file" ? stats.size : 0,
    mtime: timeOf(tree.locate(file.path)),
    xattrs: imageXattrs(tree.locate(file.path)),
    ...(type === "symlink" && { linkPath: tree.readLink(file) }),
    ...((type === "char" || type === "block") && deviceOf(stats.rdev)),
  };
}

function linked(
  tree: SourceTree,
  file: ListedFile,
  header: TarHeader,
  links: Map<string, string>,
): LayerEntry {
  if (header.type !== "file") return { header };
  const { dev, ino, nlink } = file.stats;
  const first = nlink > 1 ? links.get(`${dev}:${ino}`) : undefined;
  if (first !== undefined && first !== header.path)
    return { header: { ...header, type: "hardlink", linkPath: first, size: 0, xattrs: new Map() } };
  if (nlink > 1) links.set(`${dev}:${ino}`, header.path);
  return { header, content: tree.locate(file.path) };
}

function typeOf({ stats }: SourceNode): TarHeader["type"] {
  if (stats.isDirectory()) return "directory";
  if (stats.isSymbolicLink()) return "symlink";
  if (stats.isFIFO()) return "fifo";
  if (stats.isCharacterDevice()) return "char";
  return stats.isBlockDevice() ? "block" : "file";
}

function timeOf(path: string): TarTime {
  const { mtimeNs } = lstatSync(systemPath(path), { bigint: true });
  const nanoseconds = ((mtimeNs % NANOSECONDS) + NANOSECONDS) % NANOSECONDS;
  return {
    seconds: Number((mtimeNs - nanoseconds) / NANOSECONDS),
    nanoseconds: Number(nanoseconds),
  };
}

/** The kernel's numbers as glibc's makedev(3) packs them. */
function deviceOf(rdev: number): { deviceMajor: number; deviceMinor: number } {
  const device = BigInt(rdev);
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  return { deviceMajor: Number(major), deviceMinor: Number(minor) };
}

function joinPath(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}
