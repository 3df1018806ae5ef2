import { chunksOf, concat } from "#bytes";
import { type ChainId, chainOf, type DiffId, digestOf } from "#oci";
import { encodeHeader, endOfArchive, padding, type TarHeader } from "#tar";
import type { LayerToUnpack } from "../snapshotter.ts";

/** One entry of a test layer; what is left out is a plain file of root's. */
export type Entry = Partial<TarHeader> & { path: string; content?: string };

/** A layer's tar with these entries. */
export function layerTar(...entries: Entry[]): Uint8Array {
  return concat([...entries.flatMap(encodeEntry), endOfArchive()]);
}

export function directory(path: string, more: Partial<TarHeader> = {}): Entry {
  return { path, type: "directory", mode: 0o755, ...more };
}

export function file(path: string, content = "", more: Partial<TarHeader> = {}): Entry {
  return { path, content, ...more };
}

function encodeEntry({ content = "", ...header }: Entry): Uint8Array[] {
  const bytes = new TextEncoder().encode(content);
  const whole: TarHeader = {
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: { seconds: 1_700_000_000, nanoseconds: 0 },
    size: bytes.length,
    xattrs: new Map(),
    ...header,
  };
  return [encodeHeader(whole), bytes, new Uint8Array(padding(bytes.length))];
}

/** What to unpack for a stack of layer tars, lowest first. */
export function stack(...tars: Uint8Array[]): LayerToUnpack[] {
  const layers: LayerToUnpack[] = [];
  let parent: ChainId | undefined;
  for (const tar of tars) {
    const chain = chainOf(parent, digestOf(tar) as DiffId);
    layers.push({ chain, parent, tar: () => chunksOf(tar) });
    parent = chain;
  }
  return layers;
}
