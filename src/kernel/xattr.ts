import { ptr } from "bun:ffi";
import { decodePath } from "#bytes";
import { name as cName, Errno, libc, otherName } from "./libc.ts";
import { checked, failErrno, lastErrno } from "./system-call.ts";

/** An open file or directory, or the path of an inode (itself, where it is a symlink). */
export type XattrTarget = number | string;

/**
 * The path by which calls that take no directory reach a name in one: it goes through the open
 * directory, not through the path that it once had.
 */
export function pathIn(directory: number, name: string): string {
  return `/proc/self/fd/${directory}/${name}`;
}

const LARGEST = 64 * 1024;
const buffer = Buffer.alloc(LARGEST);
const address = ptr(buffer);

/** The names of the extended attributes; none where the file system has no such thing. */
export function listXattrs(target: XattrTarget): string[] {
  const { flistxattr, llistxattr } = libc();
  const size = Number(
    typeof target === "number"
      ? flistxattr(target, address, LARGEST)
      : llistxattr(cName(target), address, LARGEST),
  );
  if (size === 0) return [];
  if (size > 0) return decodePath(buffer.subarray(0, size - 1)).split("\0");
  const errno = lastErrno();
  return errno === Errno.ENOTSUP ? [] : failErrno(`list attributes of ${target}`, errno);
}

/** The value of an extended attribute, byte for byte; undefined when it is not set. */
export function getXattr(target: XattrTarget, attribute: string): Uint8Array | undefined {
  const { fgetxattr, lgetxattr } = libc();
  const key = otherName(attribute);
  const size = Number(
    typeof target === "number"
      ? fgetxattr(target, key, address, LARGEST)
      : lgetxattr(cName(target), key, address, LARGEST),
  );
  if (size !== -1) return Uint8Array.from(buffer.subarray(0, size));
  const errno = lastErrno();
  if (errno === Errno.ENODATA || errno === Errno.ENOTSUP) return undefined;
  return failErrno(`read attribute ${attribute}`, errno);
}

/** Sets an extended attribute, new or not. */
export function setXattr(target: XattrTarget, attribute: string, value: Uint8Array): void {
  const result = trySetXattr(target, attribute, value);
  if (result !== undefined) failErrno(`set attribute ${attribute}`, result);
}

/** Sets an extended attribute; gives the errno where the kernel says no. */
export function trySetXattr(
  target: XattrTarget,
  attribute: string,
  value: Uint8Array,
): number | undefined {
  const { fsetxattr, lsetxattr } = libc();
  const key = otherName(attribute);
  const data = value.length > 0 ? value : buffer;
  const result =
    typeof target === "number"
      ? fsetxattr(target, key, data, value.length, 0)
      : lsetxattr(cName(target), key, data, value.length, 0);
  return result === 0 ? undefined : lastErrno();
}

/** Takes an extended attribute away, if it is there. */
export function removeXattr(target: XattrTarget, attribute: string): void {
  const { fremovexattr, lremovexattr } = libc();
  const key = otherName(attribute);
  const result =
    typeof target === "number" ? fremovexattr(target, key) : lremovexattr(cName(target), key);
  if (result === 0) return;
  const errno = lastErrno();
  if (errno !== Errno.ENODATA) checked(-1, () => `remove attribute ${attribute}`);
}
