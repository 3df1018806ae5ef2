import { fail, kindOf } from "#errors";
import {
  ConfinedDirectory,
  closeFd,
  type OnMissing,
  type OpenDirectory,
  OpenFlag,
  openAt,
  readFully,
  readLinkAt,
  statFd,
} from "#kernel";

/** As the kernel has it (path_resolution(7)). */
const MOST_LINKS = 40;

/** A name in a directory below a root; there may be nothing of that name. */
export interface RootedPath {
  readonly parent: OpenDirectory;
  readonly name: string;
}

/**
 * Where a path leads below a root, symlinks resolved inside it to the last part. Undefined for
 * the root itself. Fails with `failed-precondition` when a directory on the way is missing and
 * `onMissing` does not make it.
 */
export function resolveBelow(
  root: ConfinedDirectory,
  path: string,
  onMissing?: OnMissing,
): RootedPath | undefined {
  let rest = path;
  for (let links = 0; links <= MOST_LINKS; links++) {
    const trimmed = rest.replace(/(\/+\.?)+$/, "");
    const cut = trimmed.lastIndexOf("/");
    const [above, name] = [trimmed.slice(0, Math.max(cut, 0)), trimmed.slice(cut + 1)];
    if (name === "" || name === "." || name === "..") return undefined;
    const parent = root.directory(above, onMissing);
    const target = readLinkAt(parent.fd, name);
    if (target === undefined) return { parent, name };
    rest = target.startsWith("/") ? target : `${parent.path}/${target}`;
  }
  return fail("resource-exhausted", `${path} goes through too many symlinks`);
}

/**
 * The content of a regular file below a root; undefined when there is none. Fails with
 * `resource-exhausted` when it has more than `most` bytes.
 */
export function readBelow(rootfs: string, path: string, most: number): Buffer | undefined {
  using root = new ConfinedDirectory(rootfs);
  const fd = openBelow(root, path);
  if (fd === undefined) return undefined;
  try {
    const { type, size } = statFd(fd);
    if (type !== "file") return undefined;
    if (size > most) fail("resource-exhausted", `${path} is larger than ${most} bytes`);
    const content = Buffer.alloc(size);
    return content.subarray(0, readFully(fd, content, 0, size));
  } finally {
    closeFd(fd);
  }
}

function openBelow(root: ConfinedDirectory, path: string): number | undefined {
  try {
    const found = resolveBelow(root, path);
    return found && openAt(found.parent.fd, found.name, OpenFlag.readOnly | OpenFlag.nonBlock);
  } catch (error) {
    if (kindOf(error) === "failed-precondition" || kindOf(error) === "not-found") return undefined;
    throw error;
  }
}
