import { encodePath } from "#bytes";
import { type ChunkPlan, planChunks } from "./chunk-plan.ts";
import type { DirectoryPlan } from "./directory-plan.ts";
import { alignUp, LONGEST_LINK } from "./format.ts";
import { type Plan, refuse, refuseSize } from "./plan.ts";

/**
 * Where the content of an inode is: nowhere (it is empty), in the image, in one piece of the
 * device, or in pieces of it with holes between them.
 */
export type Content =
  | { readonly kind: "none"; readonly size: 0 }
  | { readonly kind: "bytes"; readonly size: number; readonly bytes: Uint8Array }
  | { readonly kind: "entries"; readonly size: number; readonly directory: DirectoryPlan }
  | { readonly kind: "device"; readonly size: number; readonly block: number }
  | { readonly kind: "chunks"; readonly size: number; readonly chunks: ChunkPlan };

export interface Geometry {
  readonly blockSize: number;
  readonly deviceSize: number | undefined;
}

export const NOTHING: Content = { kind: "none", size: 0 };

/** The content of what is not a directory. */
export function contentOf(plan: Plan, geometry: Geometry): Content {
  const { type, linkPath } = plan.inode;
  if (type === "file") return fileContent(plan, geometry);
  if (type !== "symlink") return NOTHING;
  const bytes = encodePath(linkPath ?? "");
  if (bytes.length === 0 || bytes.includes(0)) refuse(plan, "it is a symlink to no path");
  if (bytes.length > LONGEST_LINK)
    refuseSize(plan, `it is a symlink to a path longer than ${LONGEST_LINK} bytes`);
  return { kind: "bytes", size: bytes.length, bytes };
}

function fileContent(plan: Plan, geometry: Geometry): Content {
  const { content, extents = [], size = content?.length ?? 0 } = plan.inode;
  if (!Number.isSafeInteger(size) || size < 0) refuse(plan, `its size is ${size}`);
  if (content !== undefined) {
    if (content.length !== size || extents.length > 0)
      refuse(plan, "its content is not of its size, or is given twice");
    return size === 0 ? NOTHING : { kind: "bytes", size, bytes: content };
  }
  checkExtents(plan, size, geometry);
  if (size === 0) return NOTHING;
  const only = extents.length === 1 ? extents[0]! : undefined;
  if (only?.offset === 0 && only.length === size)
    return { kind: "device", size, block: only.position / geometry.blockSize };
  return { kind: "chunks", size, chunks: planChunks(plan, size, geometry.blockSize) };
}

function checkExtents(plan: Plan, size: number, { blockSize, deviceSize = 0 }: Geometry): void {
  let end = 0;
  for (const { offset, length, position } of plan.inode.extents ?? []) {
    const after = offset + length;
    const aligned =
      offset % blockSize === 0 &&
      position % blockSize === 0 &&
      (after % blockSize === 0 || after === size);
    if (!aligned) refuse(plan, `its data is not aligned to blocks of ${blockSize} bytes`);
    const inside = offset >= end && length > 0 && after <= size && position >= 0;
    // A kernel that finds the last block cut short gives EIO.
    if (!inside || !(position + alignUp(length, blockSize) <= deviceSize))
      refuse(plan, "its data is out of order, outside of the file or outside of the device");
    end = after;
  }
}
