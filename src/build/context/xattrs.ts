import { getXattr, listXattrs, type XattrTarget } from "#kernel";

/** Attributes that belong to a file; others are labels that the machine put on it. */
const KEPT = /^(?:user\.|trusted\.|security\.capability$|system\.posix_acl_(?:access|default)$)/;
const OVERLAY = /^(?:trusted|user)\.overlay\./;

/** The extended attributes of a file (of a symlink itself) that a layer takes along. */
export function imageXattrs(target: XattrTarget): Map<string, Uint8Array> {
  const xattrs = new Map<string, Uint8Array>();
  for (const name of listXattrs(target)) {
    const value = KEPT.test(name) && !OVERLAY.test(name) ? getXattr(target, name) : undefined;
    if (value !== undefined) xattrs.set(name, value);
  }
  return xattrs;
}

/** The same attributes as a text that differs when they do. */
export function xattrText(target: XattrTarget): string {
  const xattrs = [...imageXattrs(target)].sort(([a], [b]) => (a < b ? -1 : 1));
  return xattrs.map(([name, value]) => `${name}=${Buffer.from(value).toString("hex")}`).join(" ");
}
