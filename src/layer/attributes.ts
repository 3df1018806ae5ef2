import { fail } from "#errors";
import { Errno, getXattr, listXattrs, removeXattr, trySetXattr, type XattrTarget } from "#kernel";

/** Overlay keeps its own state in attributes of this kind; as data they would forge it. */
const OVERLAY = /^(?:trusted|user)\.overlay\./;
/** Of these namespaces just these belong to the file; the others are the host's own labels. */
const KEPT = /^(?:user\.|trusted\.|security\.capability$|system\.posix_acl_(?:access|default)$)/;
const CAPABILITY = "security.capability";
const REFUSALS = new Set<number>([Errno.ENOTSUP, Errno.EPERM]);

/** Whether an extended attribute is content of an image, not of the machine that it is on. */
export function isImageXattr(name: string): boolean {
  return KEPT.test(name) && !OVERLAY.test(name);
}

const NO_XATTRS: ReadonlyMap<string, Uint8Array> = new Map();

/** Those of these extended attributes that belong in an image. */
export function imageXattrs(
  xattrs: ReadonlyMap<string, Uint8Array>,
): ReadonlyMap<string, Uint8Array> {
  if (xattrs.size === 0) return NO_XATTRS;
  return new Map([...xattrs].filter(([name]) => isImageXattr(name)));
}

/** The extended attributes of an inode that belong in a layer. */
export function readImageXattrs(target: XattrTarget): Map<string, Uint8Array> {
  return readXattrs(target, listXattrs(target).filter(isImageXattr));
}

export function readXattrs(target: XattrTarget, names: readonly string[]): Map<string, Uint8Array> {
  const xattrs = new Map<string, Uint8Array>();
  for (const name of names) {
    const value = getXattr(target, name);
    if (value) xattrs.set(name, value);
  }
  return xattrs;
}

/**
 * Gives an inode these attributes and no others that an image may bring: neither those that it
 * had nor access lists that it got from its directory. See {@link writeImageXattrs}.
 */
export function replaceImageXattrs(
  target: XattrTarget,
  xattrs: ReadonlyMap<string, Uint8Array>,
  path: string,
  skipped: (what: string) => void,
): void {
  for (const name of listXattrs(target)) if (isImageXattr(name)) removeXattr(target, name);
  writeImageXattrs(target, xattrs, path, skipped);
}

/**
 * Sets the attributes that an image may bring. One that this file system or user cannot have is
 * told to `skipped`; a file capability that would be lost fails instead, with
 * `failed-precondition`, since the program would not work.
 */
export function writeImageXattrs(
  target: XattrTarget,
  xattrs: ReadonlyMap<string, Uint8Array>,
  path: string,
  skipped: (what: string) => void,
): void {
  for (const [name, value] of xattrs) {
    if (!isImageXattr(name)) continue;
    // The kernel takes them and then cannot read the inode's attributes.
    if (name === CAPABILITY && value.length === 0)
      fail("invalid-argument", `${path}: attribute ${name} is empty`);
    const errno = trySetXattr(target, name, value);
    if (errno === undefined) continue;
    if (!REFUSALS.has(errno))
      fail("invalid-argument", `${path}: attribute ${name} cannot be set (errno ${errno})`);
    if (name === CAPABILITY)
      fail(
        "failed-precondition",
        `${path}: the file system of the target or this user cannot keep its file capabilities`,
      );
    skipped(`${path}: attribute ${name} is not possible here`);
  }
}
