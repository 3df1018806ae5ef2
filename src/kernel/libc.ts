import { FFIType, type Pointer, ptr } from "bun:ffi";
import { constants } from "node:fs";
import { systemPath } from "#bytes";
import { fail } from "#errors";
import { openLibc } from "./system-call.ts";

/** Flags of open(2); those that differ between processors come from the runtime. */
export const OpenFlag = {
  readOnly: constants.O_RDONLY,
  writeOnly: constants.O_WRONLY,
  create: constants.O_CREAT,
  exclusive: constants.O_EXCL,
  directory: constants.O_DIRECTORY,
  noFollow: constants.O_NOFOLLOW,
  nonBlock: constants.O_NONBLOCK,
  closeOnExec: 0o2000000,
  /** Just the inode, for fstat(2) and as `/proc/self/fd/N`: nothing of it is opened. */
  path: 0o10000000,
} as const;

/** Numbers of errno that decide what happens next. */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  ENXIO: 6,
  EEXIST: 17,
  EXDEV: 18,
  ENOTDIR: 20,
  EINVAL: 22,
  ENOSYS: 38,
  ELOOP: 40,
  ENODATA: 61,
  ENOTSUP: 95,
} as const;

/** The directory argument that makes the *at calls take a path as it is. */
export const AT_FDCWD = -100;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_REMOVEDIR = 0x200;
export const AT_EMPTY_PATH = 0x1000;

// A number where it fits, so that no call makes a bigint.
const I64 = FFIType.i64_fast;
const U64 = FFIType.u64_fast;

const openCalls = () =>
  openLibc({
    openat: { args: ["i32", "ptr", "i32", "u32"], returns: "i32" },
    close: { args: ["i32"], returns: "i32" },
    read: { args: ["i32", "ptr", "usize"], returns: I64 },
    write: { args: ["i32", "ptr", "usize"], returns: I64 },
    pwrite: { args: ["i32", "ptr", "usize", I64], returns: I64 },
    lseek: { args: ["i32", I64, "i32"], returns: I64 },
    ftruncate: { args: ["i32", I64], returns: "i32" },
    copy_file_range: {
      args: ["i32", "ptr", "i32", "ptr", "usize", "u32"],
      returns: I64,
    },
    getdents64: { args: ["i32", "ptr", "usize"], returns: I64 },
    statx: { args: ["i32", "ptr", "i32", "u32", "ptr"], returns: "i32" },
    fchown: { args: ["i32", "u32", "u32"], returns: "i32" },
    fchownat: { args: ["i32", "ptr", "u32", "u32", "i32"], returns: "i32" },
    fchmod: { args: ["i32", "u32"], returns: "i32" },
    fchmodat: { args: ["i32", "ptr", "u32", "i32"], returns: "i32" },
    futimens: { args: ["i32", "ptr"], returns: "i32" },
    utimensat: { args: ["i32", "ptr", "ptr", "i32"], returns: "i32" },
    mkdirat: { args: ["i32", "ptr", "u32"], returns: "i32" },
    mknodat: { args: ["i32", "ptr", "u32", U64], returns: "i32" },
    linkat: { args: ["i32", "ptr", "i32", "ptr", "i32"], returns: "i32" },
    symlinkat: { args: ["ptr", "i32", "ptr"], returns: "i32" },
    readlinkat: { args: ["i32", "ptr", "ptr", "usize"], returns: I64 },
    unlinkat: { args: ["i32", "ptr", "i32"], returns: "i32" },
    renameat: { args: ["i32", "ptr", "i32", "ptr"], returns: "i32" },
    flistxattr: { args: ["i32", "ptr", "usize"], returns: I64 },
    llistxattr: { args: ["ptr", "ptr", "usize"], returns: I64 },
    fgetxattr: { args: ["i32", "ptr", "ptr", "usize"], returns: I64 },
    lgetxattr: { args: ["ptr", "ptr", "ptr", "usize"], returns: I64 },
    fsetxattr: { args: ["i32", "ptr", "ptr", "usize", "i32"], returns: "i32" },
    lsetxattr: { args: ["ptr", "ptr", "ptr", "usize", "i32"], returns: "i32" },
    fremovexattr: { args: ["i32", "ptr"], returns: "i32" },
    lremovexattr: { args: ["ptr", "ptr"], returns: "i32" },
  });

let calls: ReturnType<typeof openCalls> | undefined;

/** The file calls of the C library, bound at the first use: binding takes half a millisecond. */
export function libc(): ReturnType<typeof openCalls> {
  calls ??= openCalls();
  return calls;
}

const SLOT = 16 * 1024;

/** Memory for arguments that live no longer than one call, so that hot calls allocate nothing. */
class Slot {
  readonly #bytes = Buffer.alloc(SLOT);
  readonly address: Pointer = ptr(this.#bytes);

  /** Puts a name here as a C string. */
  put(name: string): Pointer {
    if (name.includes("\0")) fail("invalid-argument", `a path with a NUL byte: ${quoted(name)}`);
    const exact = systemPath(name);
    const size = typeof exact === "string" ? this.#write(exact) : exact.copy(this.#bytes);
    if (size >= SLOT) fail("invalid-argument", `a path of over ${SLOT} bytes: ${quoted(name)}`);
    this.#bytes[size] = 0;
    return this.address;
  }

  #write(name: string): number {
    return name.length * 3 < SLOT ? this.#bytes.write(name) : SLOT;
  }
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 80));
}

const first = new Slot();
const second = new Slot();

/** The address of a name for the next call; a call with two names uses `otherName` as well. */
export function name(text: string): Pointer {
  return first.put(text);
}

export function otherName(text: string): Pointer {
  return second.put(text);
}
