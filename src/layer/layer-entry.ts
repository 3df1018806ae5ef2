import { kindOf } from "#errors";
import {
  closeFd,
  type Inode,
  OpenFlag,
  openAt,
  openFound,
  pathIn,
  readLinkAt,
  statFd,
} from "#kernel";
import type { EntryType, TarHeader } from "#tar";
import { readImageXattrs } from "./attributes.ts";
import type { Node } from "./nodes.ts";

/** What a layer is to say of a file, whose content it has with all holes filled. */
export type WholeHeader = TarHeader & { readonly sparse?: never };

/** One entry of a layer that is to be written, and where its content is. */
export interface LayerEntry {
  /** `size` is what the content must have. */
  readonly header: WholeHeader;
  /** For a file: the path to read it from, or the bytes themselves; none for an empty one. */
  readonly content?: string | Uint8Array;
}

/** A file that the writer reads and closes. */
export interface OpenFile {
  readonly fd: number;
  /** It may be in use: what it grows by is left out, what it loses is made up with zeros. */
  readonly changing?: boolean;
}

/** An entry whose content may also be an open file. */
export interface OpenEntry {
  readonly header: WholeHeader;
  readonly content?: string | Uint8Array | OpenFile;
}

const READ = OpenFlag.readOnly | OpenFlag.nonBlock;

/** The entry of a name in an open directory, with an open file for content. */
export function openEntry(directory: number, path: string, node: Node): OpenEntry {
  const { name, inode } = node;
  if (inode.type !== "file") {
    const xattrs = readImageXattrs(pathIn(directory, name));
    return { header: headerOf(path, inode, xattrs, linkOf(directory, node)) };
  }
  const fd = openAt(directory, name, READ);
  try {
    return { header: headerOf(path, inode, readImageXattrs(fd)), content: { fd } };
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/**
 * The same of a tree that somebody works in: undefined for what is not there any more. Whatever
 * has taken a file's place meanwhile, a device say, is not opened.
 */
export function openChanging(directory: number, path: string, node: Node): OpenEntry | undefined {
  try {
    return node.inode.type === "file"
      ? openChangingFile(directory, path, node)
      : openEntry(directory, path, node);
  } catch (error) {
    if (kindOf(error) === "not-found") return undefined;
    throw error;
  }
}

function openChangingFile(directory: number, path: string, node: Node): OpenEntry | undefined {
  const place = openAt(directory, node.name, OpenFlag.path);
  try {
    const inode = statFd(place);
    if (inode.type !== "file") return undefined;
    const fd = openFound(place);
    const header = headerOf(path, inode, readImageXattrs(fd));
    return { header, content: { fd, changing: true } };
  } finally {
    closeFd(place);
  }
}

function linkOf(directory: number, { name, inode }: Node): Pick<TarHeader, "linkPath"> {
  if (inode.type !== "symlink") return {};
  const linkPath = readLinkAt(directory, name);
  return linkPath === undefined ? {} : { linkPath };
}

/** The header that says of an inode what a layer keeps: no names of users, no other times. */
export function headerOf(
  path: string,
  inode: Inode,
  xattrs: ReadonlyMap<string, Uint8Array>,
  more: Partial<WholeHeader> = {},
): WholeHeader {
  const { type, mode, uid, gid, mtime, deviceMajor, deviceMinor } = inode;
  const isDevice = type === "char" || type === "block";
  return {
    path,
    type: type as EntryType,
    mode,
    uid,
    gid,
    mtime,
    xattrs,
    size: type === "file" ? inode.size : 0,
    ...(isDevice && { deviceMajor, deviceMinor }),
    ...more,
  };
}

const NO_XATTRS: ReadonlyMap<string, Uint8Array> = new Map();

export function hardLinkEntry(path: string, inode: Inode, linkPath: string): OpenEntry {
  const header = headerOf(path, inode, NO_XATTRS, { type: "hardlink", size: 0, linkPath });
  return { header };
}

const MARK: Omit<WholeHeader, "path"> = {
  type: "file",
  mode: 0,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: { seconds: 0, nanoseconds: 0 },
  xattrs: NO_XATTRS,
};

/** An empty file whose name alone says something (OCI image spec, layer.md, "Whiteouts"). */
export function markEntry(path: string): OpenEntry {
  return { header: { ...MARK, path } };
}
