export type { ErofsSource } from "./image.ts";
export type { ErofsExtent, ErofsInode, ErofsTime, ErofsType } from "./inode.ts";
export { isIntactErofs, labelErofs } from "./intact.ts";
export { type ErofsReader, openErofs } from "./open-erofs.ts";
export type { ErofsEntry } from "./read-directory.ts";
export type { ErofsNodeExtent } from "./read-extents.ts";
export type { ErofsNode } from "./read-inode.ts";
export { type RootAttributes, withRootAttributes } from "./root-attributes.ts";
export { type WriteErofsOptions, writeErofs } from "./write-erofs.ts";
