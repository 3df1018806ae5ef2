import { dlopen, type FFIFunction, ptr, read } from "bun:ffi";
import { encodePath } from "#bytes";
import { fail, type Kind } from "#errors";

const LIBC_NAMES = ["libc.so.6", "libc.so"];

/** Functions of the C library, callable by name; each module asks for just those it needs. */
export function openLibc<const Table extends Record<string, FFIFunction>>(table: Table) {
  for (const name of LIBC_NAMES) {
    try {
      return dlopen(name, table).symbols;
    } catch {}
  }
  return fail("unsupported", `the C library is not found (tried ${LIBC_NAMES.join(", ")})`);
}

/** The same made at its first use: what a command does not call costs it nothing. */
export function lazyLibc<const Table extends Record<string, FFIFunction>>(table: Table) {
  let symbols: ReturnType<typeof openLibc<Table>> | undefined;
  return () => {
    symbols ??= openLibc(table);
    return symbols;
  };
}

const errors = lazyLibc({ __errno_location: { args: [], returns: "ptr" } });

/** The number of the last failed call; to be read before anything else happens. */
export function lastErrno(): number {
  return read.i32(errors().__errno_location()!, 0);
}

const KINDS: Record<string, Kind> = {
  EPERM: "permission-denied",
  EACCES: "permission-denied",
  ENOENT: "not-found",
  ENXIO: "not-found",
  ECONNREFUSED: "unavailable",
  EEXIST: "already-exists",
  EBUSY: "conflict",
  EADDRINUSE: "conflict",
  EADDRNOTAVAIL: "failed-precondition",
  ENOSPC: "resource-exhausted",
  ENOMEM: "resource-exhausted",
  EMFILE: "resource-exhausted",
  ENFILE: "resource-exhausted",
  EDQUOT: "resource-exhausted",
  ENOSYS: "unsupported",
  ENODEV: "unsupported",
  EOPNOTSUPP: "unsupported",
  ENOTSUP: "unsupported",
};

/** What the runtime's table of names lacks. */
const UNNAMED = new Map<number, readonly [string, string]>([
  [15, ["ENOTBLK", "block device required"]],
  [74, ["EBADMSG", "bad message"]],
  [87, ["EUSERS", "too many users"]],
  [116, ["ESTALE", "stale file handle"]],
  [117, ["EUCLEAN", "the file system is damaged"]],
  [122, ["EDQUOT", "disk quota exceeded"]],
  [124, ["EMEDIUMTYPE", "wrong medium type"]],
]);

/** Throws what `errno` means, as `what: text (NAME)`, with the kind that fits. */
export function failErrno(what: string, errno: number): never {
  const known = process.getBuiltinModule("node:util").getSystemErrorMap().get(-errno);
  const [name, text] = known ?? UNNAMED.get(errno) ?? [`errno ${errno}`, "unknown error"];
  return fail(KINDS[name] ?? "internal", `${what}: ${text} (${name})`);
}

/** The result of a call that says -1 for failure; `what` is made only then. */
export function checked(result: number | bigint, what: () => string): number {
  if (Number(result) !== -1) return Number(result);
  const errno = lastErrno();
  return failErrno(what(), errno);
}

/** A path or text as the bytes of a C string. */
export function cString(text: string): Uint8Array {
  return Buffer.concat([encodePath(text), Buffer.alloc(1)]);
}

/** The address of a C string, and 0 (NULL) for no text. The bytes must outlive the call. */
export function addressOf(bytes: Uint8Array | undefined) {
  return bytes === undefined ? null : ptr(bytes);
}
