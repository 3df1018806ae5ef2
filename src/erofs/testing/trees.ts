/** Small trees to write, and short ways to look at their images. */
import { kindOf, messageOf } from "#errors";
import {
  type ErofsInode,
  type ErofsReader,
  openErofs,
  type WriteErofsOptions,
  writeErofs,
} from "../index.ts";

export const common = { mode: 0o644, uid: 0, gid: 0, mtime: { seconds: 7, nanoseconds: 8 } };
export const none: ReadonlyMap<string, Uint8Array> = new Map();

export function directory(children: Record<string, ErofsInode>, more: Partial<ErofsInode> = {}) {
  const entries = new Map(Object.entries(children));
  return { ...common, type: "directory", xattrs: none, children: entries, ...more } as const;
}

export function file(more: Partial<ErofsInode> = {}): ErofsInode {
  return { ...common, type: "file", xattrs: none, content: new Uint8Array(), ...more };
}

export function open(image: Uint8Array): ErofsReader {
  return openErofs(image);
}

export function written(root: ErofsInode, options?: WriteErofsOptions): ErofsReader {
  return open(writeErofs(root, options));
}

export function at(reader: ErofsReader, ...names: string[]) {
  return names.reduce((node, name) => reader.lookup(node, name)!, reader.root);
}

export function caught(work: () => unknown): [string, string] {
  try {
    work();
  } catch (error) {
    return [kindOf(error), messageOf(error)];
  }
  throw new Error("it did not fail");
}

export const sparse: ErofsInode = {
  ...common,
  type: "file",
  xattrs: none,
  size: 10_000,
  extents: [
    { offset: 1024, length: 512, position: 4096 },
    { offset: 1536, length: 1024, position: 512 },
    { offset: 9728, length: 272, position: 0 },
  ],
};

export function sample(): ErofsInode {
  const shared = file({ mode: 0o4755, uid: 70_000, mtime: { seconds: -3, nanoseconds: 999 } });
  return directory({
    bin: directory({ tool: shared, other: shared }, { mode: 0o1777 }),
    "caf\udce9": file({ content: Buffer.from("text") }),
    link: { ...common, type: "symlink", xattrs: none, linkPath: "../caf\udce9" },
    null: { ...common, type: "char", xattrs: none, deviceMajor: 0xfff, deviceMinor: 0xfffff },
    sparse,
  });
}
