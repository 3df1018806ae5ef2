import { ptr } from "bun:ffi";
import { fail } from "#errors";
import { Errno, OpenFlag } from "./libc.ts";
import { cString, failErrno, lastErrno, lazyLibc } from "./system-call.ts";

/** The same number on every processor; old C libraries have no function for it. */
const SYS_OPENAT2 = 437n;
/** openat2(2): neither `..` nor a symlink may lead out, nor a link of /proc anywhere. */
const RESOLVE_BENEATH = 0x08;
const RESOLVE_NO_MAGICLINKS = 0x02;
const O_PATH = 0o10000000;
const EAGAIN = 11;
/** The kernel asks for another try when a directory on the way was moved meanwhile. */
const MOST_TRIES = 64;

const libc = lazyLibc({
  syscall: { args: ["i64", "i64", "ptr", "ptr", "i64"], returns: "i64" },
});

/**
 * A descriptor of a file or directory below an open directory, good for fstat and as
 * `/proc/self/fd/N`. The kernel follows symlinks on the way and refuses what leads out (Linux
 * 5.6). Fails with `permission-denied` then, and with `not-found` when there is nothing.
 */
export function openBeneath(directory: number, path: string): number {
  const how = new BigUint64Array(3);
  how[0] = BigInt(O_PATH | OpenFlag.closeOnExec);
  how[2] = BigInt(RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
  const name = cString(path);
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const size = BigInt(how.byteLength);
    const fd = Number(libc().syscall(SYS_OPENAT2, BigInt(directory), ptr(name), ptr(how), size));
    if (fd >= 0) return fd;
    const errno = lastErrno();
    if (errno === Errno.EXDEV) fail("permission-denied", `${path} leads out of its directory`);
    if (errno !== EAGAIN) failErrno(`open ${path}`, errno);
  }
  return fail("conflict", `${path} is being moved about: try again`);
}
