import { closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { whileLocked } from "./lock.ts";
import { openLoopDevice } from "./loop-device.ts";
import { MountFlag, mount, unmount } from "./mount.ts";

/** How to mount something, as plain data: what mount(8) would be told. */
export interface Mount {
  /** The file system's type; "bind" for a directory that is there already. */
  readonly type: string;
  readonly source: string;
  /** Flags such as `ro` and `rbind`, and options of the file system. */
  readonly options: readonly string[];
  /** The directory that relative paths in `source` and `options` start from. */
  readonly base?: string;
  /**
   * A directory that this is mounted on for anybody to use, instead of the target: made when
   * missing, left alone when something is mounted there, and not unmounted with the others.
   */
  readonly at?: string;
  /** Whether the source and the file system's `device` are files that it can have only as devices. */
  readonly loop?: boolean;
}

const FLAGS: Readonly<Record<string, number>> = {
  ro: MountFlag.readOnly,
  nosuid: MountFlag.noSuid,
  nodev: MountFlag.noDev,
  noexec: MountFlag.noExec,
  noatime: MountFlag.noAtime,
  bind: MountFlag.bind,
  rbind: MountFlag.bind | MountFlag.recursive,
};

/** EROFS's option for the device that its files' data is on. */
const DEVICE = "device=";

/** Options that say what is so anyway. */
const DEFAULTS = new Set(["rw", "suid", "dev", "exec", "atime"]);

/**
 * Mounts these on one directory, the last one on top; on failure none of them stays but shared
 * ones.
 */
export function mountAll(mounts: readonly Mount[], target: string): void {
  const directory = resolve(target);
  let done = 0;
  mountShared(mounts);
  try {
    for (const each of mounts) {
      if (each.at !== undefined) continue;
      inDirectory(each.base, () => mountOne(each, directory));
      done++;
    }
  } catch (error) {
    for (; done > 0; done--) unmount(directory, { detach: true });
    throw error;
  }
}

/** Unmounts what {@link mountAll} has mounted on the target. */
export function unmountAll(mounts: readonly Mount[], target: string): void {
  for (const { at } of mounts) if (at === undefined) unmount(resolve(target));
}

/** Mounts those of these that have a place of their own and are not there yet. */
export function mountShared(mounts: readonly Mount[]): void {
  for (const each of mounts) {
    const { at, base } = each;
    if (at === undefined || isMountPoint(at)) continue;
    mkdirSync(at, { recursive: true, mode: 0o700 });
    whileLocked(dirname(at), () => {
      if (!isMountPoint(at)) inDirectory(base, () => mountOne(each, at));
    });
  }
}

/** Whether a file system is mounted on this directory (one that is not the parent's own). */
export function isMountPoint(directory: string): boolean {
  const inode = statSync(directory, { throwIfNoEntry: false });
  return inode !== undefined && inode.dev !== statSync(join(directory, "..")).dev;
}

function mountOne(given: Mount, target: string): void {
  if (!given.loop) {
    mountPlainly(given, target);
    return;
  }
  // A mount keeps its devices; without one they go by themselves.
  using stack = new DisposableStack();
  const deviceOf = (file: string) => stack.use(openLoopDevice(file)).path;
  const options = given.options.map((option) =>
    option.startsWith(DEVICE) ? DEVICE + deviceOf(option.slice(DEVICE.length)) : option,
  );
  mountPlainly({ ...given, source: deviceOf(given.source), options }, target);
}

function mountPlainly({ type, source, options }: Mount, target: string): void {
  const flags = options.reduce((all, option) => all | (FLAGS[option] ?? 0), 0);
  const data = options.filter((option) => FLAGS[option] === undefined && !DEFAULTS.has(option));
  if (type !== "bind") {
    mount(source, target, type, flags, data.join(","));
    return;
  }
  const { bind, recursive, remount } = MountFlag;
  mount(source, target, undefined, (flags & recursive) | bind);
  // The kernel heeds the other flags of a bind mount only when it is there.
  const rest = flags & ~(bind | recursive);
  if (rest !== 0) remountBound(target, rest | bind | remount);
}

function remountBound(target: string, flags: number): void {
  try {
    mount("none", target, undefined, flags);
  } catch (error) {
    unmount(target, { detach: true });
    throw error;
  }
}

/** Goes there and back; nothing else of the process runs meanwhile. */
function inDirectory(directory: string | undefined, work: () => void): void {
  if (directory === undefined) {
    work();
    return;
  }
  const here = openSync(".", "r");
  try {
    process.chdir(directory);
    work();
  } finally {
    process.chdir(`/proc/self/fd/${here}`);
    closeSync(here);
  }
}
