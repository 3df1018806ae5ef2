import { contentOf, type Geometry, NOTHING } from "./content.ts";
import { planDirectory } from "./directory-plan.ts";
import { Layout } from "./format.ts";
import type { ErofsInode } from "./inode.ts";
import { type Plan, refuse } from "./plan.ts";
import { type Xattr, XattrPool } from "./xattr-plan.ts";

const LARGEST_ID = 0xfffffffe;

/**
 * Plans every inode of a tree once, level by level: a directory's plan comes before those of what
 * is in it, and what is in one directory stands together.
 */
export function planTree(root: ErofsInode, geometry: Geometry): { plans: Plan[]; shared: Xattr[] } {
  const seen = new Map<ErofsInode, Plan>();
  const plans: Plan[] = [];
  const pool = new XattrPool();
  const add = (inode: ErofsInode, name: string, parent: Plan | undefined): Plan => {
    const known = seen.get(inode);
    if (known !== undefined) return link(known);
    const plan = newPlan(inode, name, parent);
    check(plan);
    seen.set(inode, plan);
    plans.push(plan);
    pool.add(plan);
    return plan;
  };
  add(root, "", undefined);
  if (root.type !== "directory") refuse(plans[0]!, "the root must be a directory");
  for (const plan of plans) planContent(plan, geometry, add);
  return { plans, shared: pool.finish() };
}

function planContent(
  plan: Plan,
  geometry: Geometry,
  add: (inode: ErofsInode, name: string, parent: Plan) => Plan,
): void {
  const { type, children } = plan.inode;
  if (type !== "directory") {
    plan.content = contentOf(plan, geometry);
    return;
  }
  const directory = planDirectory(plan, geometry.blockSize, (name) => {
    const inode = children!.get(name)!;
    if (inode.type === "directory") plan.links++;
    return add(inode, name, plan);
  });
  plan.content = { kind: "entries", size: directory.size, directory };
}

function link(plan: Plan): Plan {
  if (plan.inode.type === "directory") refuse(plan, "the directory has a second name");
  plan.links++;
  return plan;
}

function newPlan(inode: ErofsInode, name: string, parent: Plan | undefined): Plan {
  return {
    inode,
    name,
    parent,
    links: inode.type === "directory" ? 2 : 1,
    content: NOTHING,
    xattrs: undefined,
    extended: true,
    position: 0,
    layout: Layout.plain,
    dataBlock: 0,
    tailPosition: 0,
  };
}

function check(plan: Plan): void {
  const { type, mode, uid, gid, mtime, deviceMajor = 0, deviceMinor = 0 } = plan.inode;
  if (!isWhole(mode, 0o7777)) refuse(plan, `its mode is ${mode}`);
  if (!isWhole(uid, LARGEST_ID) || !isWhole(gid, LARGEST_ID))
    refuse(plan, `its owner is ${uid}:${gid}`);
  if (!Number.isSafeInteger(mtime.seconds) || !isWhole(mtime.nanoseconds, 999_999_999))
    refuse(plan, `its time is ${mtime.seconds} s and ${mtime.nanoseconds} ns`);
  if (type === "directory" && plan.inode.children === undefined)
    refuse(plan, "it is a directory without children");
  const device = type === "char" || type === "block";
  if (device && !(isWhole(deviceMajor, 0xfff) && isWhole(deviceMinor, 0xfffff)))
    refuse(plan, `its device number is ${deviceMajor}:${deviceMinor}`);
}

function isWhole(number: number, most: number): boolean {
  return Number.isInteger(number) && number >= 0 && number <= most;
}
