import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";

/** As many as the kernel follows. */
const MOST_LINKS = 40;
const PRIVATE = 0o600;
const OTHERS = 0o007;

/**
 * Puts a secret into a file: all of it or nothing, also after a crash. A link stays a link; owner
 * and mode stay, but that others can read it ends. A new file is for its owner only.
 */
export function replaceSecretFile(path: string, text: string): void {
  const target = followLinks(path);
  const before = statSync(target, { throwIfNoEntry: false });
  const temporary = `${target}.${process.pid}.${crypto.randomUUID().slice(0, 8)}`;
  const fd = openSync(temporary, "wx", PRIVATE);
  try {
    try {
      writeFileSync(fd, text);
      if (before) takeOver(fd, before);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(dirname(target));
}

function takeOver(fd: number, { mode, uid, gid }: Stats): void {
  if (uid !== process.geteuid?.() || gid !== process.getegid?.()) fchownSync(fd, uid, gid);
  fchmodSync(fd, mode & 0o777 & ~OTHERS);
}

/** The file at the end of the links, which need not be there. */
function followLinks(path: string): string {
  let target = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    if (!lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink()) return target;
    target = resolve(dirname(target), readlinkSync(target));
  }
  return target;
}

function syncDirectory(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
