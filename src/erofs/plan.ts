import { fail, quote } from "#errors";
import type { Content } from "./content.ts";
import type { ErofsInode } from "./inode.ts";
import type { XattrPlan } from "./xattr-plan.ts";

/** What is known of an inode while its image is made. */
export interface Plan {
  readonly inode: ErofsInode;
  /** The first of its names, and the directory of that; the root has neither. */
  readonly name: string;
  readonly parent: Plan | undefined;
  links: number;
  content: Content;
  xattrs: XattrPlan | undefined;
  /** In the long form of 64 bytes, which says everything. */
  extended: boolean;
  /** Where it stands in the image. */
  position: number;
  /** One of `Layout`. */
  layout: number;
  /** The first data block, counted from the start of the data area. */
  dataBlock: number;
  /** Where the last, partial block of inline content stands, or the index of chunks. */
  tailPosition: number;
}

/** The path of an inode, for messages. */
export function pathOf(plan: Plan): string {
  const names: string[] = [];
  for (let at: Plan | undefined = plan; at?.parent !== undefined; at = at.parent)
    names.push(at.name);
  return `/${names.reverse().join("/")}`;
}

/** Fails because an inode cannot be put into an image. */
export function refuse(plan: Plan, why: string): never {
  return fail("invalid-argument", `cannot put ${quote(pathOf(plan))} into an EROFS image: ${why}`);
}

/** The same where it is too much. */
export function refuseSize(plan: Plan, why: string): never {
  return fail(
    "resource-exhausted",
    `cannot put ${quote(pathOf(plan))} into an EROFS image: ${why}`,
  );
}
