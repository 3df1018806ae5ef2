import { type Pointer, ptr } from "bun:ffi";
import { decodePath } from "#bytes";
import { Errno, libc } from "./libc.ts";
import { checked, failErrno, lastErrno } from "./system-call.ts";

const [SEEK_SET, SEEK_DATA, SEEK_HOLE] = [0, 3, 4];

/** One read(2) into `buffer` from `at` on; gives how many bytes came, 0 at the end. */
export function readSome(fd: number, buffer: Uint8Array, at: number, size: number): number {
  const target = (ptr(buffer) + at) as Pointer;
  return checked(libc().read(fd, target, size), () => "read a file");
}

/** Reads into `buffer` from `at` on until `size` bytes are there or the file ends; gives how many. */
export function readFully(fd: number, buffer: Uint8Array, at: number, size: number): number {
  let done = 0;
  while (done < size) {
    const got = readSome(fd, buffer, at + done, size - done);
    if (got === 0) break;
    done += got;
  }
  return done;
}

/** Writes all the bytes where the file stands. */
export function writeFully(fd: number, bytes: Uint8Array): void {
  const { write } = libc();
  for (let at = 0; at < bytes.length; )
    at += checked(write(fd, bytes.subarray(at), bytes.length - at), () => "write a file");
}

/** Writes all the bytes from `position` of the file on. */
export function writeFullyAt(fd: number, bytes: Uint8Array, position: number): void {
  const { pwrite } = libc();
  for (let at = 0; at < bytes.length; ) {
    const rest = bytes.subarray(at);
    at += checked(pwrite(fd, rest, rest.length, position + at), () => "write a file");
  }
}

/** Makes a file this long; what it has not had before reads as zeros and takes no room. */
export function truncateFd(fd: number, size: number): void {
  checked(libc().ftruncate(fd, size), () => `make a file of ${size} bytes`);
}

/** Copies a file's bytes from where it has data, and gives it the same holes. */
export function copyContent(from: number, to: number, size: number): void {
  const { lseek } = libc();
  for (let at = 0; at < size; ) {
    const start = nextData(from, at);
    if (start === undefined) break;
    const hole = Number(lseek(from, start, SEEK_HOLE));
    const end = hole === -1 ? size : Math.min(hole, size);
    copyRange(from, to, start, end - start);
    at = end;
  }
  truncateFd(to, size);
}

function nextData(fd: number, at: number): number | undefined {
  const start = Number(libc().lseek(fd, at, SEEK_DATA));
  if (start !== -1) return start;
  const errno = lastErrno();
  if (errno === Errno.ENXIO) return undefined;
  return errno === Errno.EINVAL ? at : failErrno("look for data in a file", errno);
}

const NO_COPY_RANGE = new Set<number>([
  Errno.EXDEV,
  Errno.EINVAL,
  Errno.ENOSYS,
  Errno.ENOTSUP,
  Errno.EPERM,
]);

function copyRange(from: number, to: number, start: number, length: number): void {
  const { copy_file_range, lseek } = libc();
  lseek(from, start, SEEK_SET);
  lseek(to, start, SEEK_SET);
  for (let left = length; left > 0; ) {
    const copied = Number(copy_file_range(from, null, to, null, left, 0));
    if (copied === 0) return;
    if (copied === -1) {
      const errno = lastErrno();
      if (!NO_COPY_RANGE.has(errno)) failErrno("copy a file", errno);
      copyByHand(from, to, left);
      return;
    }
    left -= copied;
  }
}

function copyByHand(from: number, to: number, length: number): void {
  const buffer = Buffer.allocUnsafe(Math.min(length, 1 << 20));
  for (let left = length; left > 0; ) {
    const got = readFully(from, buffer, 0, Math.min(left, buffer.length));
    if (got === 0) return;
    writeFully(to, buffer.subarray(0, got));
    left -= got;
  }
}

const entries = Buffer.alloc(64 * 1024);

/**
 * The names in an open directory, `.` and `..` left out, in no particular order. One that was
 * removed meanwhile has none.
 */
export function readNames(directory: number): string[] {
  const { getdents64, lseek } = libc();
  const names: string[] = [];
  lseek(directory, 0, SEEK_SET);
  for (;;) {
    const size = Number(getdents64(directory, ptr(entries), entries.length));
    if (size === -1 && lastErrno() === Errno.ENOENT) return names;
    if (checked(size, () => "read a directory") === 0) return names;
    collectNames(size, names);
  }
}

const NAME_AT = 19;

function collectNames(size: number, names: string[]): void {
  for (let at = 0; at < size; at += entries.readUInt16LE(at + 16)) {
    const end = entries.indexOf(0, at + NAME_AT);
    const name = decodePath(entries.subarray(at + NAME_AT, end));
    if (name !== "." && name !== "..") names.push(name);
  }
}
