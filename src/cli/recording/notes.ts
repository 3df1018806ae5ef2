import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AT_FDCWD, closeFd, type InodeTime, OpenFlag, openAt, readFully, statFd } from "#kernel";

const EVERYBODY = 0o777;
const MOST_NOTES = 10_000;
const MOST_BYTES = 1 << 20;

/** A command that was typed, as the shell noted it when it had ended. */
export interface Note {
  readonly exitCode: number;
  /** The directory that the shell was in then. */
  readonly directory: string;
  readonly command: string;
  readonly exports: ReadonlyMap<string, string>;
  /** Unix milliseconds, with fractions, by the clock that files have their times from. */
  readonly time: number;
}

/** What makes a shell note its commands, as a file beside the notes. */
export interface Script {
  readonly name: string;
  readonly text: string;
}

/**
 * A directory for them, with the shell's script, that a container's users can write in, and
 * nobody else: its parent is ours.
 */
export function makeNotes({ name, text }: Script): string {
  const notes = join(mkdtempSync(join(tmpdir(), "shale-record-")), "notes");
  mkdirSync(notes);
  chmodSync(notes, EVERYBODY);
  writeFileSync(join(notes, name), text, { mode: 0o644 });
  return notes;
}

/** All notes in their order; the first is of the shell's start. What a container wrote may be anything. */
export function readNotes(directory: string): Note[] {
  const notes: Note[] = [];
  const fd = openAt(AT_FDCWD, directory, OpenFlag.directory);
  try {
    for (let number = 1; number <= MOST_NOTES; number++) {
      const note = readNote(fd, String(number));
      if (note === undefined) break;
      notes.push(note);
    }
    return notes;
  } finally {
    closeFd(fd);
  }
}

function readNote(directory: number, name: string): Note | undefined {
  const file = readPlain(directory, name);
  if (file === undefined) return undefined;
  const [code = "", cwd = "/", command = "", ...rest] = file.text.split("\0");
  return {
    exitCode: Number.parseInt(code, 10) || 0,
    directory: cwd,
    command: command.trim(),
    exports: parseExports(rest.join("\0")),
    time: milliseconds(file.time),
  };
}

/** Never by way of a symlink that a container has put there. */
function readPlain(directory: number, name: string): { text: string; time: InodeTime } | undefined {
  let fd: number | undefined;
  try {
    fd = openAt(directory, name, OpenFlag.readOnly | OpenFlag.nonBlock);
    const { type, size, mtime } = statFd(fd);
    if (type !== "file" || size > MOST_BYTES) return undefined;
    const bytes = Buffer.alloc(size);
    return { text: bytes.toString("utf8", 0, readFully(fd, bytes, 0, size)), time: mtime };
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeFd(fd);
  }
}

function milliseconds({ seconds, nanoseconds }: InodeTime): number {
  return seconds * 1000 + nanoseconds / 1e6;
}

/** What `export -p` says: bash's `declare -x A="b"` and the others' `export A='b'`. */
export function parseExports(text: string): Map<string, string> {
  const variables = new Map<string, string>();
  const line =
    /^(?:declare -\w*x\w*|export) ([A-Za-z_]\w*)=((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|\$'(?:[^'\\]|\\.)*'|[^\s"'\\])*)/gms;
  for (const [, name = "", quoted = ""] of text.matchAll(line))
    variables.set(name, unquote(quoted));
  return variables;
}

function unquote(text: string): string {
  const part =
    /\$'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)|([^"'\\]+?)(?=\$'|["'\\]|$)/gs;
  return text.replace(part, (_, ansi, double, single, escaped, plain) => {
    if (ansi !== undefined) return ansi.replace(/\\([0-7]{3}|.)/gs, unescaped);
    if (double !== undefined) return double.replace(/\\(["\\$`\n])/g, "$1");
    return single ?? escaped ?? plain;
  });
}

/** What bash's `$'…'` writes so. */
function unescaped(_: string, code: string): string {
  if (code.length === 3) return String.fromCharCode(Number.parseInt(code, 8));
  const at = "abefnrtvE".indexOf(code);
  return at < 0 ? code : "\x07\b\x1b\f\n\r\t\v\x1b"[at]!;
}
