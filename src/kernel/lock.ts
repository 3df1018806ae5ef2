import { closeSync, constants, fstatSync, openSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { systemPath } from "#bytes";
import { fail } from "#errors";
import { failErrno, lastErrno, lazyLibc } from "./system-call.ts";

const LOCK = { shared: 1, exclusive: 2 } as const;
const LOCK_NB = 4;
const EINTR = 4;
const EWOULDBLOCK = 11;
const LONGEST_PAUSE_MS = 25;

const libc = lazyLibc({ flock: { args: ["i32", "i32"], returns: "i32" } });

export interface LockOptions {
  /** Whether to wait for a holder to let go (the default), or to fail with `conflict` at once. */
  readonly wait?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * An advisory lock by flock(2) on a file, made when missing. Held until disposed or until the
 * process ends, however it ends; two callers in one process exclude each other as well. Waiting
 * never blocks the event loop.
 */
export async function lockFile(
  path: string,
  mode: "shared" | "exclusive",
  options: LockOptions = {},
): Promise<AsyncDisposable> {
  const fd = await openLocked(path, mode, options);
  return { [Symbol.asyncDispose]: async () => closeSync(fd) };
}

/**
 * An exclusive {@link lockFile} for files that come and go: a file that was renamed or removed
 * while this waited for it does not count, the one that is at `path` now does.
 */
export async function lockCurrentFile(
  path: string,
  options: LockOptions = {},
): Promise<AsyncDisposable> {
  for (;;) {
    const fd = await openLocked(path, "exclusive", options);
    const now = statSync(systemPath(path), { throwIfNoEntry: false });
    if (now?.ino === fstatSync(fd).ino) return { [Symbol.asyncDispose]: async () => closeSync(fd) };
    closeSync(fd);
  }
}

async function openLocked(
  path: string,
  mode: keyof typeof LOCK,
  options: LockOptions,
): Promise<number> {
  const fd = openSync(systemPath(path), constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    await acquire(fd, path, LOCK[mode], options);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/**
 * Does this while nobody else does anything under the lock of the same directory. Waits without
 * the event loop: for what takes a moment.
 */
export function whileLocked<Result>(directory: string, work: () => Result): Result {
  const fd = openSync(systemPath(directory), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    while (libc().flock(fd, LOCK.exclusive) !== 0) {
      const errno = lastErrno();
      if (errno !== EINTR) failErrno(`lock ${directory}`, errno);
    }
    return work();
  } finally {
    closeSync(fd);
  }
}

async function acquire(fd: number, path: string, operation: number, options: LockOptions) {
  for (
    let pause = 1;
    !tryLock(fd, path, operation);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
  ) {
    if (options.wait === false) fail("conflict", `${path} is locked by another process`);
    await sleep(pause, undefined, options.signal ? { signal: options.signal } : {});
  }
}

function tryLock(fd: number, path: string, operation: number): boolean {
  if (libc().flock(fd, operation | LOCK_NB) === 0) return true;
  const errno = lastErrno();
  if (errno === EWOULDBLOCK || errno === EINTR) return false;
  return failErrno(`lock ${path}`, errno);
}
