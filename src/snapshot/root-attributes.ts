import { AT_FDCWD, chmodFd, chownFd, closeFd, OpenFlag, openAt, setTimesFd, statFd } from "#kernel";

/**
 * Gives the root of a new tree the owner, mode and time of the one below it: where trees are
 * merged it is the topmost root that shows.
 */
export function copyRootAttributes(from: string, to: string): void {
  const [source, target] = [openRoot(from), openRoot(to)];
  try {
    const { uid, gid, mode, mtime } = statFd(source);
    chownFd(target, uid, gid);
    chmodFd(target, mode);
    setTimesFd(target, mtime);
  } finally {
    closeFd(source);
    closeFd(target);
  }
}

function openRoot(path: string): number {
  return openAt(AT_FDCWD, path, OpenFlag.directory);
}
