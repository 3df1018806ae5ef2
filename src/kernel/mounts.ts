import { closeSync, openSync } from "node:fs";
import { resolve } from "node:path";
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

/** Options that say what is so anyway. */
const DEFAULTS = new Set(["rw", "suid", "dev", "exec", "atime"]);

/** Mounts these on one directory, the last one on top; on failure none of them stays. */
export function mountAll(mounts: readonly Mount[], target: string): void {
  const directory = resolve(target);
  let done = 0;
  try {
    for (const each of mounts) {
      inDirectory(each.base, () => mountOne(each, directory));
      done++;
    }
  } catch (error) {
    for (; done > 0; done--) unmount(directory, { detach: true });
    throw error;
  }
}

/** Unmounts what {@link mountAll} has mounted. */
export function unmountAll(mounts: readonly Mount[], target: string): void {
  for (const _ of mounts) unmount(resolve(target));
}

function mountOne({ type, source, options }: Mount, target: string): void {
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
