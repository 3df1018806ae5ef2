import { closeSync, openSync, readSync } from "node:fs";
import type { ErofsNodeExtent } from "#erofs";
import type { StackNode } from "#layer";
import type { DiffId, Digest } from "#oci";
import { findLayer } from "./commit-image.ts";
import type { ImageStore } from "./image-store.ts";
import { openLayer } from "./open-layer.ts";

/** The content of a file of a layer, of which the node is in the layer's index. */
export async function readLayerFile(
  store: ImageStore,
  diffId: DiffId,
  { index, node }: StackNode,
): Promise<Uint8Array> {
  const content = new Uint8Array(node.size);
  const extents = index.extents(node);
  for (const extent of extents) if (extent.inImage) content.set(index.read(extent), extent.offset);
  const stored = extents.filter(({ inImage }) => !inImage);
  const { blob } = findLayer(store, diffId);
  const path = blob === (diffId as Digest) ? store.content.path(blob) : undefined;
  if (path !== undefined) readFromFile(path, stored, content);
  else if (stored.length > 0) await readFromStream(store, diffId, stored, content);
  return content;
}

function readFromFile(path: string, extents: ErofsNodeExtent[], content: Uint8Array): void {
  const fd = openSync(path, "r");
  try {
    for (const { offset, length, position } of extents)
      readSync(fd, content, offset, length, position);
  } finally {
    closeSync(fd);
  }
}

/** Passes through the layer's tar up to the last of the extents. */
async function readFromStream(
  store: ImageStore,
  diffId: DiffId,
  extents: ErofsNodeExtent[],
  content: Uint8Array,
): Promise<void> {
  const end = Math.max(...extents.map(({ position, length }) => position + length));
  let at = 0;
  for await (const chunk of await openLayer(store, diffId)) {
    for (const extent of extents) copyPart(extent, chunk, at, content);
    at += chunk.length;
    if (at >= end) return;
  }
}

/** Takes what a chunk, which begins at `at` of the tar, has of an extent. */
function copyPart(
  { offset, length, position }: ErofsNodeExtent,
  chunk: Uint8Array,
  at: number,
  content: Uint8Array,
): void {
  const from = Math.max(position, at);
  const to = Math.min(position + length, at + chunk.length);
  if (from < to) content.set(chunk.subarray(from - at, to - at), offset + from - position);
}
