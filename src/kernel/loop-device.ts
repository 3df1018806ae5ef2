import { ptr } from "bun:ffi";
import { fail } from "#errors";
import { closeFd, statFd } from "./inode.ts";
import { AT_FDCWD, name as cName, Errno, libc, OpenFlag } from "./libc.ts";
import { checked, failErrno, lastErrno, lazyLibc } from "./system-call.ts";

// linux/loop.h
const LOOP_CONFIGURE = 0x4c0a;
const LOOP_CTL_GET_FREE = 0x4c82;
const LO_FLAGS_READ_ONLY = 1;
const LO_FLAGS_AUTOCLEAR = 4;
/** struct loop_config in 32-bit words: its size, and where its fields are. */
const CONFIG_WORDS = 76;
const CONFIG = { fd: 0, blockSize: 1, flags: 15 } as const;

const EBUSY = 16;
const ENODEV = 19;
const ENOTTY = 25;
const CONTROL = "/dev/loop-control";
const BLOCK_SIZE = 512;
/** Each lost race means that another process got a device; so many in a row means a stuck one. */
const MOST_ATTEMPTS = 64;

const calls = lazyLibc({ ioctl: { args: ["i32", "u64", "ptr"], returns: "i32" } });

/** A file as a block device. Disposing closes our descriptor; a mount keeps the device. */
export interface LoopDevice extends Disposable {
  readonly path: `/dev/loop${number}`;
}

/**
 * A read-only loop device over a regular file, gone by itself when its last user (a mount, or
 * this descriptor) lets go. It has the file's whole blocks of 512 bytes; a rest at the end is not
 * seen. Fails with `unsupported` or `permission-denied` and the reason where there are no loop
 * devices, with `not-found` or `invalid-argument` for what is no file, and with `conflict` when
 * others take every device first. Source: loop(4), linux/loop.h (LOOP_CONFIGURE: Linux 5.8).
 */
export function openLoopDevice(file: string): LoopDevice {
  const backing = checked(openToRead(file), () => `open ${file}`);
  try {
    if (statFd(backing).type !== "file")
      fail("invalid-argument", `no loop device over ${file}: it is not a regular file`);
    return attachToFree(file, configOver(backing));
  } finally {
    closeFd(backing);
  }
}

function configOver(backing: number): Uint32Array {
  const config = new Uint32Array(CONFIG_WORDS);
  config[CONFIG.fd] = backing;
  config[CONFIG.blockSize] = BLOCK_SIZE;
  config[CONFIG.flags] = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR;
  return config;
}

function attachToFree(file: string, config: Uint32Array): LoopDevice {
  const control = openControl();
  try {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const path = `/dev/loop${freeNumber(control)}` as const;
      const fd = tryAttach(path, file, config);
      if (fd !== undefined) return deviceOf(path, fd);
    }
  } finally {
    closeFd(control);
  }
  return fail(
    "conflict",
    `no loop device over ${file}: the free one was busy ${MOST_ATTEMPTS} times; see losetup -a, and try again`,
  );
}

function deviceOf(path: LoopDevice["path"], fd: number): LoopDevice {
  const stack = new DisposableStack();
  stack.defer(() => closeFd(fd));
  return { path, [Symbol.dispose]: () => stack.dispose() };
}

function openControl(): number {
  const fd = openToRead(CONTROL);
  if (fd !== -1) return fd;
  const errno = lastErrno();
  if (errno === Errno.ENOENT || errno === Errno.ENXIO || errno === ENODEV)
    fail("unsupported", `this system has no loop devices (${CONTROL}); load them: modprobe loop`);
  return failErrno(`open ${CONTROL}`, errno);
}

/** The number of a device that nobody uses at this moment; the kernel makes one when none is left. */
function freeNumber(control: number): number {
  const number = calls().ioctl(control, LOOP_CTL_GET_FREE, null);
  return checked(number, () => "find a free loop device");
}

/** The device's descriptor; undefined when another process took it first, or removed it. */
function tryAttach(path: string, file: string, config: Uint32Array): number | undefined {
  const fd = openToRead(path);
  if (fd === -1) return whenTaken(lastErrno(), (errno) => failNode(path, errno));
  if (calls().ioctl(fd, LOOP_CONFIGURE, ptr(config)) !== -1) return fd;
  const errno = lastErrno();
  closeFd(fd);
  return whenTaken(errno, () => failConfigure(path, file, errno));
}

function whenTaken(errno: number, otherwise: (errno: number) => never): undefined {
  return errno === EBUSY || errno === Errno.ENXIO ? undefined : otherwise(errno);
}

function failNode(path: string, errno: number): never {
  if (errno !== Errno.ENOENT) failErrno(`open ${path}`, errno);
  const number = path.slice("/dev/loop".length);
  return fail(
    "unsupported",
    `the kernel's free loop device has no node here; make it: mknod ${path} b 7 ${number}`,
  );
}

function failConfigure(path: string, file: string, errno: number): never {
  const what = `put ${file} behind ${path}`;
  if (errno !== ENOTTY && errno !== Errno.EINVAL) failErrno(what, errno);
  return fail(
    "unsupported",
    `${what}: the kernel refuses LOOP_CONFIGURE; it needs Linux 5.8 and a file system whose files can be read`,
  );
}

/** -1 for failure. Without waiting, should the path be a pipe. */
function openToRead(path: string): number {
  const flags = OpenFlag.readOnly | OpenFlag.closeOnExec | OpenFlag.nonBlock;
  return libc().openat(AT_FDCWD, cName(path), flags, 0);
}
