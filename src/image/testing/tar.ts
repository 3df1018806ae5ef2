import { encodeHeader, endOfArchive, padding, type TarHeader } from "#tar";

export interface TarFile extends Partial<Omit<TarHeader, "path">> {
  readonly path: string;
  readonly content?: string | Uint8Array;
}

const DEFAULTS = {
  type: "file",
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: { seconds: 1_700_000_000, nanoseconds: 0 },
  xattrs: new Map<string, Uint8Array>(),
} as const;

/** A tar archive of these entries, in this order. */
export function tarOf(files: readonly TarFile[]): Uint8Array {
  return Buffer.concat([...files.flatMap(entryOf), endOfArchive()]);
}

function entryOf({ content = "", ...header }: TarFile): Uint8Array[] {
  const bytes = Buffer.from(content);
  const size = bytes.length;
  return [encodeHeader({ ...DEFAULTS, size, ...header }), bytes, new Uint8Array(padding(size))];
}

/** Bytes of the files: what such a layer's size is. */
export function contentSize(files: readonly TarFile[]): number {
  return files.reduce((sum, { content = "" }) => sum + Buffer.from(content).length, 0);
}
