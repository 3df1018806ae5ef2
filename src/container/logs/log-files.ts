import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const BLOCK = 1 << 20;
const NEWLINE = 10;

/** A generation of a log. It is read on after it was renamed or removed. */
export interface LogFile extends Disposable {
  readonly fd: number;
  /** What tells it from other generations. */
  readonly inode: number;
}

/** `log.1` is older than `log`, `log.2` than that. */
export function generationPath(path: string, age: number): string {
  return age === 0 ? path : `${path}.${age}`;
}

/** All generations of a log, the oldest first. */
export function openLogs(path: string): LogFile[] {
  const files: LogFile[] = [];
  for (let age = 0; ; age++) {
    const file = tryOpen(generationPath(path, age));
    // The newest is missing for a moment while they move on.
    if (file === undefined && age === 0) continue;
    if (file === undefined) return files.reverse();
    // It was renamed since it was opened.
    if (files.at(-1)?.inode === file.inode) file[Symbol.dispose]();
    else files.push(file);
  }
}

/**
 * What is in a file from a place on, now, in blocks of whole lines; gives the place where it goes
 * on when there is more.
 */
export function* readBlocks({ fd }: LogFile, from: number): Generator<Buffer, number> {
  for (let at = from; ; ) {
    const block = Buffer.allocUnsafe(BLOCK);
    const length = readSync(fd, block, 0, BLOCK, at);
    const end = block.subarray(0, length).lastIndexOf(NEWLINE) + 1;
    if (end === 0) return at;
    yield block.subarray(0, end);
    at += end;
  }
}

function tryOpen(path: string): LogFile | undefined {
  try {
    const fd = openSync(path, "r");
    return { fd, inode: fstatSync(fd).ino, [Symbol.dispose]: () => closeSync(fd) };
  } catch {
    return undefined;
  }
}
