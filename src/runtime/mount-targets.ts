import { statSync } from "node:fs";
import { kindOf } from "#errors";
import {
  ConfinedDirectory,
  closeFd,
  type Inode,
  makeDirectoryAt,
  type OpenDirectory,
  OpenFlag,
  openAt,
  readNames,
  removeDirectoryAt,
  setTimesFd,
  statAt,
  statFd,
  unlinkAt,
} from "#kernel";
import { checkMountPlace, checkSystemDirectories } from "./mount-rules.ts";
import { resolveBelow } from "./rooted-path.ts";
import type { SpecMount } from "./runtime-spec.ts";

/** Something made to be mounted on, by its real place below the root. */
interface Stub {
  readonly directory: string;
  readonly name: string;
}

/** What a container's mounts needed in its root file system and had not. */
export interface MountTargets {
  /**
   * To be called when the container is gone and its root still mounted: takes away the stubs
   * that are still empty, and leaves the times of the directories they were in as they are.
   */
  cleanup(): void;
}

const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;

/**
 * Makes the places that the mounts go to, where they are missing, so that the runtime need not
 * and the container's layer does not get them. Nothing outside `rootfs` is touched, whatever
 * symlinks are inside; the times of the directories stay. Fails with `invalid-argument` where a
 * root or a mount would lead the runtime astray.
 */
export function prepareMountTargets(rootfs: string, mounts: readonly SpecMount[]): MountTargets {
  const stubs: Stub[] = [];
  using root = new ConfinedDirectory(rootfs);
  checkSystemDirectories(root);
  for (const [index, mount] of mounts.entries()) {
    checkMountPlace(root, mount);
    const hidden = mounts.slice(0, index).some((above) => isBelow(mount, above));
    if (!hidden) makeTarget(root, mount, stubs);
  }
  return { cleanup: () => removeStubs(rootfs, stubs) };
}

function makeTarget(root: ConfinedDirectory, mount: SpecMount, stubs: Stub[]): void {
  const onMissing = (parent: OpenDirectory, name: string): boolean => {
    // Something that is no directory: the runtime knows what to say of it.
    if (statAt(parent.fd, name) !== undefined) return false;
    makeStub(parent, name, true, stubs);
    return true;
  };
  try {
    const target = resolveBelow(root, mount.destination, onMissing);
    if (target === undefined || statAt(target.parent.fd, target.name) !== undefined) return;
    makeStub(target.parent, target.name, !isFileMount(mount), stubs);
  } catch (error) {
    if (kindOf(error) !== "failed-precondition") throw error;
  }
}

function makeStub(parent: OpenDirectory, name: string, isDirectory: boolean, stubs: Stub[]): void {
  keepingTimes(parent, () => {
    if (isDirectory) makeDirectoryAt(parent.fd, name, DIRECTORY_MODE);
    else closeFd(openAt(parent.fd, name, OpenFlag.create | OpenFlag.exclusive, FILE_MODE));
  });
  stubs.push({ directory: parent.path, name });
}

function removeStubs(rootfs: string, stubs: readonly Stub[]): void {
  using root = new ConfinedDirectory(rootfs);
  for (const stub of stubs.toReversed()) {
    try {
      removeStub(root.directory(stub.directory), stub.name);
    } catch (error) {
      // The directory it was in is gone, and the stub with it.
      if (kindOf(error) !== "failed-precondition") throw error;
    }
    root.forget();
  }
}

function removeStub(parent: OpenDirectory, name: string): void {
  const inode = statAt(parent.fd, name);
  if (inode === undefined || !isEmpty(parent, name, inode)) return;
  keepingTimes(parent, () => {
    if (inode.type === "directory") removeDirectoryAt(parent.fd, name);
    else unlinkAt(parent.fd, name);
  });
}

function isEmpty(parent: OpenDirectory, name: string, { type, size }: Inode): boolean {
  if (type !== "directory") return type === "file" && size === 0;
  const fd = openAt(parent.fd, name, OpenFlag.directory);
  try {
    return readNames(fd).length === 0;
  } finally {
    closeFd(fd);
  }
}

function keepingTimes(directory: OpenDirectory, action: () => void): void {
  const { mtime } = statFd(directory.fd);
  action();
  setTimesFd(directory.fd, mtime);
}

function isFileMount({ type, source }: SpecMount): boolean {
  return type === "bind" && statSync(source, { throwIfNoEntry: false })?.isDirectory() === false;
}

function isBelow({ destination }: SpecMount, above: SpecMount): boolean {
  return destination.startsWith(`${above.destination.replace(/\/+$/, "")}/`);
}
