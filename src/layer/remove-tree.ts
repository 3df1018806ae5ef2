import { basename, dirname } from "node:path";
import {
  AT_FDCWD,
  closeFd,
  type OpenDirectory,
  readNames,
  removeDirectoryAt,
  renameAt,
  statAt,
  tryOpenDirectoryAt,
  unlinkAt,
} from "#kernel";

/** So deep a directory is first moved up, so that any depth takes few descriptors. */
const DEEP = 64;

/** Removes a name and everything below it; symlinks themselves, never what they point to. */
export function removeTreeAt(directory: number, name: string): void {
  new TreeRemoval(directory).remove(directory, name, 0);
}

/** The same of a path; what is not there is no failure. */
export function removeTree(path: string): void {
  const above = tryOpenDirectoryAt(AT_FDCWD, dirname(path));
  if (above === undefined) return;
  try {
    if (statAt(above, basename(path))) removeTreeAt(above, basename(path));
  } finally {
    closeFd(above);
  }
}

/** Removes everything in a directory, not the directory. */
export function emptyDirectory({ fd }: Pick<OpenDirectory, "fd">): void {
  for (const name of readNames(fd)) removeTreeAt(fd, name);
}

class TreeRemoval {
  readonly #top: number;
  #moved = 0;

  constructor(top: number) {
    this.#top = top;
  }

  remove(directory: number, name: string, depth: number): void {
    const fd = tryOpenDirectoryAt(directory, name);
    if (fd === undefined) {
      unlinkAt(directory, name);
      return;
    }
    try {
      for (const child of readNames(fd)) this.#removeChild(fd, child, depth + 1);
    } finally {
      closeFd(fd);
    }
    removeDirectoryAt(directory, name);
  }

  #removeChild(directory: number, name: string, depth: number): void {
    if (depth < DEEP || statAt(directory, name)?.type !== "directory") {
      this.remove(directory, name, depth);
      return;
    }
    const moved = this.#freeName();
    renameAt(directory, name, this.#top, moved);
    this.remove(this.#top, moved, 0);
  }

  #freeName(): string {
    let name: string;
    do name = `.removing-${this.#moved++}`;
    while (statAt(this.#top, name));
    return name;
  }
}
