import { readFileSync } from "node:fs";
import { decodePath } from "#bytes";

/** One line of /proc/self/mountinfo (proc(5)). */
export interface MountEntry {
  readonly id: number;
  readonly parent: number;
  /** What of the file system is mounted: "/" or, for a bind mount, the path inside it. */
  readonly root: string;
  readonly target: string;
  readonly options: readonly string[];
  /** Propagation: `shared:N`, `master:N`, `propagate_from:N`, `unbindable`; empty for private. */
  readonly tags: readonly string[];
  readonly type: string;
  readonly source: string;
  readonly superOptions: string;
}

/** All mounts of this process's mount namespace, in the order they were made. */
export function readMounts(): MountEntry[] {
  return parseMountinfo(readFileSync("/proc/self/mountinfo"));
}

/** The mounts at or below a directory, last made first: the order to unmount them in. */
export function mountsUnder(directory: string): MountEntry[] {
  const prefix = directory.endsWith("/") ? directory : `${directory}/`;
  return readMounts()
    .filter(({ target }) => target === directory || target.startsWith(prefix))
    .reverse();
}

/** The entries of a mountinfo file; names keep every byte. */
export function parseMountinfo(bytes: Uint8Array): MountEntry[] {
  const lines = decodePath(bytes).split("\n");
  return lines.map(parseLine).filter((entry) => entry !== undefined);
}

function parseLine(line: string): MountEntry | undefined {
  const fields = line.split(" ");
  const separator = fields.indexOf("-", 6);
  if (separator === -1) return undefined;
  return {
    id: Number(fields[0]),
    parent: Number(fields[1]),
    root: unescapeOctal(fields[3]!),
    target: unescapeOctal(fields[4]!),
    options: fields[5]!.split(","),
    tags: fields.slice(6, separator),
    type: fields[separator + 1] ?? "",
    source: unescapeOctal(fields[separator + 2] ?? ""),
    superOptions: unescapeOctal(fields[separator + 3] ?? ""),
  };
}

/** The kernel writes space, tab, newline and backslash as three octal digits. */
function unescapeOctal(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(parseInt(digits, 8)));
}
