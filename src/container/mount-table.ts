import { kindOf } from "#errors";
import { ConfinedDirectory, setTimesFd, statAt, statFd, symlinkAt } from "#kernel";

/** Where older programs, Java among them, look for what is mounted. */
export const MOUNT_TABLE = "/etc/mtab";

/** Makes it in a container's root where it is missing, as Docker does. Not seen in its changes. */
export function linkMountTable(rootfs: string): void {
  using root = new ConfinedDirectory(rootfs);
  try {
    const { fd } = root.directory("/etc");
    if (statAt(fd, "mtab") !== undefined) return;
    const { mtime } = statFd(fd);
    symlinkAt("/proc/mounts", fd, "mtab");
    setTimesFd(fd, mtime);
  } catch (error) {
    // No directory of that name: nobody looks there.
    if (kindOf(error) !== "failed-precondition") throw error;
  }
}
