import { encodePath } from "#bytes";
import { fail } from "#errors";
import type { TarHeader } from "#tar";
import { imageXattrs } from "./attributes.ts";
import { shown } from "./entry-rules.ts";
import { canonicalAcl, modeOfAcl } from "./index-acl.ts";

const CAPABILITY = "security.capability";
const ACCESS_ACL = "system.posix_acl_access";
const DEFAULT_ACL = "system.posix_acl_default";

/** Bytes of the names, each with a zero, that listxattr(2) gives at most; some are for our marks. */
const MOST_NAMES = 65_536 - 256;
/** Bytes of names and values; EROFS keeps 16 bits of fours for an inode, some are for our marks. */
const MOST_BYTES = 262_144 - 1024;

/**
 * The mode and extended attributes that an entry has once setxattr(2) has set them, as
 * `applyLayer` does: what an inode of its type cannot have is left out, and an access ACL decides
 * the mode. Fails with `invalid-argument` for values that the kernel does not take, which in a
 * mounted index it would find only when the file is used, and with `resource-exhausted` for more
 * than it could list.
 */
export function settledXattrs(header: TarHeader): Pick<TarHeader, "mode" | "xattrs"> {
  const image = imageXattrs(header.xattrs);
  if (image.size === 0) return { mode: header.mode, xattrs: image };
  const xattrs = new Map<string, Uint8Array>();
  for (const [name, value] of image) {
    const settled = settle(header, name, value);
    // A copy: the value may be a piece of a large header, which would be kept with it.
    if (settled) xattrs.set(name, new Uint8Array(settled));
  }
  checkSize(header, xattrs);
  const acl = xattrs.get(ACCESS_ACL);
  if (!acl) return { mode: header.mode, xattrs };
  const { mode, isAll } = modeOfAcl(acl);
  if (isAll) xattrs.delete(ACCESS_ACL);
  return { mode: (header.mode & ~0o777) | mode, xattrs };
}

/** The value that an attribute gets; undefined where it gets none. */
function settle(header: TarHeader, name: string, value: Uint8Array): Uint8Array | undefined {
  const { type } = header;
  if (name.startsWith("user.")) return type === "file" || type === "directory" ? value : undefined;
  if (name === CAPABILITY) return isCapability(value) ? value : malformed(header, name);
  if (name !== ACCESS_ACL && name !== DEFAULT_ACL) return value;
  const acl = canonicalAcl(value);
  if (acl === "malformed") return malformed(header, name);
  if (acl === undefined || type === "symlink") return undefined;
  if (name === DEFAULT_ACL && type !== "directory") malformed(header, name);
  return acl;
}

function malformed({ path, type }: TarHeader, name: string): never {
  return fail(
    "invalid-argument",
    `entry ${shown(path)}: a ${type} cannot have this attribute ${name}`,
  );
}

/** No user: -1. */
const NOBODY = 0xffffffff;

/** `struct vfs_cap_data` or `vfs_ns_cap_data` (linux/capability.h), of version 2 or 3. */
function isCapability(value: Uint8Array): boolean {
  if (value.length !== 20 && value.length !== 24) return false;
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  // The lowest bit says that the capabilities are effective.
  const version = view.getUint32(0, true) >>> 1;
  if (value.length === 20) return version === 0x01000000;
  return version === 0x01800000 && view.getUint32(20, true) !== NOBODY;
}

function checkSize({ path }: TarHeader, xattrs: ReadonlyMap<string, Uint8Array>): void {
  let names = 0;
  let bytes = 0;
  for (const [name, value] of xattrs) {
    const { length } = encodePath(name);
    names += length + 1;
    bytes += length + value.length + 8;
  }
  if (names > MOST_NAMES || bytes > MOST_BYTES)
    fail(
      "resource-exhausted",
      `entry ${shown(path)} has more extended attributes than an inode can: ` +
        `${names} bytes of names (at most ${MOST_NAMES}), ${bytes} bytes of all (at most ${MOST_BYTES})`,
    );
}
