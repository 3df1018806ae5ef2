import { fail, kindOf, messageOf } from "#errors";
import {
  chmodFd,
  chownFd,
  closeFd,
  makeNodeAt,
  type OpenDirectory,
  OpenFlag,
  openAt,
  setTimesFd,
  symlinkAt,
  truncateFd,
  writeFully,
  writeFullyAt,
} from "#kernel";
import type { TarHeader } from "#tar";
import { replaceImageXattrs } from "./attributes.ts";
import { shown } from "./entry-rules.ts";

const NEW_FILE = OpenFlag.writeOnly | OpenFlag.create | OpenFlag.exclusive;

/** A new file whose content is coming in from an archive. */
export class IncomingFile implements Disposable {
  readonly #fd: number;
  readonly #header: TarHeader;

  /** Fails with `already-exists` where the name is taken. */
  constructor({ fd }: Pick<OpenDirectory, "fd">, name: string, header: TarHeader) {
    this.#fd = openAt(fd, name, NEW_FILE, 0o600);
    this.#header = header;
  }

  write(chunk: Uint8Array, position: number): void {
    naming(this.#header, () => {
      if (this.#header.sparse) writeFullyAt(this.#fd, chunk, position);
      else writeFully(this.#fd, chunk);
    });
  }

  /** All of it has come: gives it its size and attributes. */
  finish(skipped: (what: string) => void): void {
    const { size, uid, gid, mode, xattrs, mtime, path, sparse } = this.#header;
    naming(this.#header, () => {
      if (sparse) truncateFd(this.#fd, size);
      // Each of these may take away what the next one sets.
      chownFd(this.#fd, uid, gid);
      chmodFd(this.#fd, mode);
      replaceImageXattrs(this.#fd, xattrs, path, skipped);
      setTimesFd(this.#fd, mtime);
    });
  }

  [Symbol.dispose](): void {
    closeFd(this.#fd);
  }
}

/** Makes the inode of a symlink, device or pipe. */
export function makeSpecial(header: TarHeader, { fd }: OpenDirectory, name: string): void {
  const { type, linkPath, deviceMajor, deviceMinor } = header;
  if (type === "symlink") symlinkAt(linkPath!, fd, name);
  else makeNodeAt(fd, name, type as "char" | "block" | "fifo", 0o600, deviceMajor, deviceMinor);
}

/** Calls on a descriptor do not know whose it is: their errors get the name of the entry. */
function naming(header: TarHeader, work: () => void): void {
  try {
    work();
  } catch (error) {
    fail(kindOf(error), `${shown(header.path)}: ${messageOf(error)}`, error);
  }
}
