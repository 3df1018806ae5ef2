import { kindOf } from "#errors";
import { type ConfinedDirectory, type Inode, type InodeTime, readLinkAt } from "#kernel";
import { resolveBelow } from "#runtime";
import type { PathStat } from "../container-service.ts";
import { type Located, withoutDots } from "./locate.ts";

/** Go's io/fs.FileMode has types and special bits in places of its own. */
const TYPES: Readonly<Record<Inode["type"], number>> = {
  file: 0,
  directory: 2 ** 31,
  symlink: 2 ** 27,
  block: 2 ** 26,
  fifo: 2 ** 25,
  socket: 2 ** 24,
  char: 2 ** 26 + 2 ** 21,
  unknown: 2 ** 19,
};
const SPECIALS = [
  [0o4000, 2 ** 23],
  [0o2000, 2 ** 22],
  [0o1000, 2 ** 20],
] as const;

/** A file as Docker's archive endpoints describe it. */
export function describe(root: ConfinedDirectory, located: Located): PathStat {
  const { inode, as } = located;
  return {
    name: located.name === "." && located.parent.path === "" ? "/" : as,
    size: inode.size,
    mode: goMode(inode),
    mtime: goTime(inode.mtime),
    linkTarget: inode.type === "symlink" ? targetOf(root, located) : "",
  };
}

function goMode({ type, mode }: Inode): number {
  const special = SPECIALS.filter(([bit]) => mode & bit).reduce((sum, [, go]) => sum + go, 0);
  return TYPES[type] + special + (mode & 0o777);
}

/** RFC 3339 with as many digits behind the point as it takes. */
function goTime({ seconds, nanoseconds }: InodeTime): string {
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  const digits = String(nanoseconds).padStart(9, "0").replace(/0+$/, "");
  return `${whole}${digits && `.${digits}`}Z`;
}

/** Where it leads in the end, all links followed inside; as far as its text says if nowhere. */
function targetOf(root: ConfinedDirectory, { parent, name }: Located): string {
  const path = `/${parent.path}/${name}`;
  const text = readLinkAt(parent.fd, name) ?? "";
  try {
    const found = resolveBelow(root, path);
    return found ? withoutDots(`${found.parent.path}/${found.name}`) : "/";
  } catch (error) {
    if (kindOf(error) !== "failed-precondition") throw error;
    return withoutDots(text.startsWith("/") ? text : `${parent.path}/${text}`) || "/";
  }
}
