import { getXattr, listXattrs } from "#kernel";

/** Attributes that belong to a file; others are labels that the machine put on it. */
const KEPT = /^(?:user\.|trusted\.|security\.capability$|system\.posix_acl_(?:access|default)$)/;
const OVERLAY = /^(?:trusted|user)\.overlay\./;

/** The extended attributes of a file (of a symlink itself) that a layer takes along. */
export function imageXattrs(path: string): Map<string, Uint8Array> {
  const xattrs = new Map<string, Uint8Array>();
  for (const name of listXattrs(path)) {
    const value = KEPT.test(name) && !OVERLAY.test(name) ? getXattr(path, name) : undefined;
    if (value !== undefined) xattrs.set(name, value);
  }
  return xattrs;
}

/** The same attributes as a text that differs when they do. */
export function xattrText(path: string): string {
  const xattrs = [...imageXattrs(path)].sort(([a], [b]) => (a < b ? -1 : 1));
  return xattrs.map(([name, value]) => `${name}=${Buffer.from(value).toString("hex")}`).join(" ");
}
