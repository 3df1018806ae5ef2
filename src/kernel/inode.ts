import { type Pointer, ptr } from "bun:ffi";
import { decodePath } from "#bytes";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_NOFOLLOW,
  name as cName,
  Errno,
  libc,
  OpenFlag,
  otherName,
} from "./libc.ts";
import { checked, failErrno, lastErrno } from "./system-call.ts";

export type InodeType =
  | "file"
  | "directory"
  | "symlink"
  | "char"
  | "block"
  | "fifo"
  | "socket"
  | "unknown";

export interface InodeTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** What statx(2) says of an inode. */
export interface Inode {
  readonly type: InodeType;
  /** Permission, setuid, setgid and sticky bits (07777). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Blocks of 512 bytes that it takes on the disk. */
  readonly blocks: number;
  readonly linkCount: number;
  readonly mtime: InodeTime;
  /** When content or attributes last changed; nobody can set it. */
  readonly ctime: InodeTime;
  /** A number where that is exact, so that very many inodes cost little. */
  readonly ino: number | bigint;
  /** The file system it is on. */
  readonly device: number;
  /** Of a device node. */
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

const TYPES: Record<number, InodeType> = {
  1: "fifo",
  2: "char",
  4: "directory",
  6: "block",
  8: "file",
  10: "symlink",
  12: "socket",
};
const STATX_BASIC = 0x7ff;

// The layout of struct statx is the same on every processor.
const stat = new ArrayBuffer(256);
const stat16 = new Uint16Array(stat);
const stat32 = new Uint32Array(stat);
const statSigned = new Int32Array(stat);
const stat64 = new BigUint64Array(stat);
const statAddress = ptr(stat);

const wide = (at: number) => stat32[at]! + stat32[at + 1]! * 2 ** 32;

function time(at: number): InodeTime {
  return { seconds: stat32[at]! + statSigned[at + 1]! * 2 ** 32, nanoseconds: stat32[at + 2]! };
}

function inode(): Inode {
  const mode = stat16[14]!;
  const ino = wide(8);
  return {
    type: TYPES[mode >> 12] ?? "unknown",
    mode: mode & 0o7777,
    uid: stat32[5]!,
    gid: stat32[6]!,
    size: wide(10),
    blocks: wide(12),
    linkCount: stat32[4]!,
    mtime: time(28),
    ctime: time(24),
    ino: Number.isSafeInteger(ino) ? ino : stat64[4]!,
    device: stat32[34]! * 2 ** 32 + stat32[35]!,
    deviceMajor: stat32[32]!,
    deviceMinor: stat32[33]!,
  };
}

/** Which inode it is, on this machine, now: names of one file have it in common. */
export function inodeKey({ device, ino }: Inode): string {
  return `${device}:${ino}`;
}

/** The inode of a name in a directory, itself if it is a symlink; undefined when there is none. */
export function statAt(directory: number, name: string): Inode | undefined {
  const { statx } = libc();
  if (statx(directory, cName(name), AT_SYMLINK_NOFOLLOW, STATX_BASIC, statAddress) === 0)
    return inode();
  const errno = lastErrno();
  if (errno === Errno.ENOENT || errno === Errno.ENOTDIR) return undefined;
  return failErrno(`stat ${name}`, errno);
}

/** The inode behind a descriptor. */
export function statFd(fd: number): Inode {
  const { statx } = libc();
  checked(statx(fd, cName(""), AT_EMPTY_PATH, STATX_BASIC, statAddress), () => "stat of a file");
  return inode();
}

/** openat(2), always close-on-exec and never through a symlink as the last part. */
export function openAt(directory: number, name: string, flags: number, mode = 0): number {
  const all = flags | OpenFlag.closeOnExec | OpenFlag.noFollow;
  return checked(libc().openat(directory, cName(name), all, mode), () => `open ${name}`);
}

/** Opens for reading what a descriptor of `OpenFlag.path` stands for, and nothing else. */
export function openFound(found: number): number {
  const flags = OpenFlag.readOnly | OpenFlag.nonBlock | OpenFlag.closeOnExec;
  return checked(
    libc().openat(AT_FDCWD, cName(`/proc/self/fd/${found}`), flags, 0),
    () => "open a file",
  );
}

/** The mode of what a descriptor of `OpenFlag.path` stands for; no symlink. */
export function chmodFound(found: number, mode: number): void {
  chmodAt(AT_FDCWD, `/proc/self/fd/${found}`, mode);
}

/** A directory below another, or `undefined` for no such name and what is not a directory. */
export function tryOpenDirectoryAt(directory: number, name: string): number | undefined {
  const flags = OpenFlag.directory | OpenFlag.closeOnExec | OpenFlag.noFollow;
  const fd = libc().openat(directory, cName(name), flags, 0);
  if (fd !== -1) return fd;
  const errno = lastErrno();
  if (errno === Errno.ENOENT || errno === Errno.ENOTDIR || errno === Errno.ELOOP) return undefined;
  return failErrno(`open directory ${name}`, errno);
}

export function closeFd(fd: number): void {
  libc().close(fd);
}

/** mkdirat(2) with the mode as the umask leaves it; set it with `chmodAt` where it matters. */
export function makeDirectoryAt(directory: number, name: string, mode = 0o700): void {
  checked(libc().mkdirat(directory, cName(name), mode), () => `make directory ${name}`);
}

/** A link of any text; false when the name is taken. */
export function symlinkAt(target: string, directory: number, name: string): void {
  const result = libc().symlinkat(otherName(target), directory, cName(name));
  checked(result, () => `make symlink ${name}`);
}

/** linkat(2): a second name for an inode, of a symlink itself where it is one. */
export function linkAt(from: number, target: string, directory: number, name: string): void {
  const result = libc().linkat(from, otherName(target), directory, cName(name), 0);
  checked(result, () => `link ${name} to ${target}`);
}

const NODE_TYPES = { char: 0o20000, block: 0o60000, fifo: 0o10000 } as const;

/** mknodat(2); the mode is set past the umask. */
export function makeNodeAt(
  directory: number,
  name: string,
  type: keyof typeof NODE_TYPES,
  mode: number,
  major = 0,
  minor = 0,
): void {
  const device = ((major & 0xfff) << 8) | (minor & 0xff) | ((minor & 0xfff00) << 12);
  const result = libc().mknodat(directory, cName(name), NODE_TYPES[type] | mode, device >>> 0);
  checked(result, () => `make ${type} node ${name}`);
}

export function unlinkAt(directory: number, name: string): void {
  checked(libc().unlinkat(directory, cName(name), 0), () => `remove ${name}`);
}

export function removeDirectoryAt(directory: number, name: string): void {
  checked(libc().unlinkat(directory, cName(name), AT_REMOVEDIR), () => `remove directory ${name}`);
}

export function renameAt(from: number, name: string, to: number, newName: string): void {
  const result = libc().renameat(from, cName(name), to, otherName(newName));
  checked(result, () => `rename ${name}`);
}

/** The owner of a name, of a symlink itself where it is one. */
export function chownAt(directory: number, name: string, uid: number, gid: number): void {
  const result = libc().fchownat(directory, cName(name), uid, gid, AT_SYMLINK_NOFOLLOW);
  if (result !== 0) failChown(name, uid, gid);
}

export function chownFd(fd: number, uid: number, gid: number): void {
  if (libc().fchown(fd, uid, gid) !== 0) failChown("a file", uid, gid);
}

function failChown(name: string, uid: number, gid: number): never {
  const errno = lastErrno();
  const hint = errno === Errno.EINVAL ? " (this user namespace does not have that id)" : "";
  return failErrno(`change the owner of ${name} to ${uid}:${gid}${hint}`, errno);
}

/** The mode of a name that is known not to be a symlink: fchmodat(2) follows one. */
export function chmodAt(directory: number, name: string, mode: number): void {
  checked(libc().fchmodat(directory, cName(name), mode, 0), () => `change the mode of ${name}`);
}

export function chmodFd(fd: number, mode: number): void {
  checked(libc().fchmod(fd, mode), () => "change the mode");
}

// On an ArrayBuffer of its own, whose memory stays where it is.
const times = new Uint32Array(new ArrayBuffer(32));
const timesAddress = ptr(times);

/** Access and modification time alike. */
function putTimes({ seconds, nanoseconds }: InodeTime): Pointer {
  for (const at of [0, 4]) {
    times[at] = seconds;
    times[at + 1] = Math.floor(seconds / 2 ** 32);
    times[at + 2] = nanoseconds;
  }
  return timesAddress;
}

export function setTimesFd(fd: number, mtime: InodeTime): void {
  checked(libc().futimens(fd, putTimes(mtime)), () => "set the times");
}

/** The times of a name, of a symlink itself where it is one. */
export function setTimesAt(directory: number, name: string, mtime: InodeTime): void {
  const result = libc().utimensat(directory, cName(name), putTimes(mtime), AT_SYMLINK_NOFOLLOW);
  checked(result, () => `set the times of ${name}`);
}

const linkText = Buffer.alloc(4097);

/** The text of a symlink; undefined for what is not one. */
export function readLinkAt(directory: number, name: string): string | undefined {
  const size = Number(libc().readlinkat(directory, cName(name), ptr(linkText), linkText.length));
  if (size !== -1) return decodePath(linkText.subarray(0, size));
  const errno = lastErrno();
  if (errno === Errno.EINVAL || errno === Errno.ENOENT) return undefined;
  return failErrno(`read link ${name}`, errno);
}
