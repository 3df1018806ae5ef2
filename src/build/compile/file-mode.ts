import { fail } from "#errors";

/** The permission bits (07777) that a file of these bits is to get. */
export type FileMode = (mode: number, isDirectory: boolean) => number;

const WHO: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007 };
const PERMISSIONS: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111 };
const EXECUTE = 0o111;

/**
 * What `--chmod` says: octal digits up to 07777, or the symbolic form of chmod(1), such as
 * `u=rwX,go-w`. Fails with `invalid-argument` in BuildKit's words.
 */
export function parseFileMode(text: string): FileMode {
  if (/^[0-7]+$/.test(text) && Number.parseInt(text, 8) <= 0o7777) {
    const mode = Number.parseInt(text, 8);
    return () => mode;
  }
  const clauses = text.split(",").map((clause) => parseClause(clause, text));
  return (mode, isDirectory) =>
    clauses.reduce((bits, change) => change(bits, isDirectory), mode & 0o7777);
}

function parseClause(clause: string, text: string): FileMode {
  const match = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/.exec(clause);
  if (match === null) return failMode(text);
  const who = maskOf(match[1]!);
  const actions = match[2]!.match(/[-+=][^-+=]*/g)!;
  return (mode, isDirectory) =>
    actions.reduce((bits, action) => act(bits, action, who, isDirectory), mode);
}

function act(mode: number, action: string, who: number, isDirectory: boolean): number {
  const bits = bitsOf(action.slice(1), mode, isDirectory) & who;
  if (action[0] === "+") return mode | bits;
  return action[0] === "-" ? mode & ~bits : (mode & ~who) | bits;
}

function bitsOf(permissions: string, mode: number, isDirectory: boolean): number {
  if (/^[ugo]$/.test(permissions)) return copied(mode, permissions);
  let bits = 0;
  for (const letter of permissions) {
    if (letter === "s") bits |= 0o6000;
    else if (letter === "t") bits |= 0o1000;
    else if (letter === "X") bits |= isDirectory || mode & EXECUTE ? EXECUTE : 0;
    else bits |= PERMISSIONS[letter]!;
  }
  return bits;
}

/** The permissions that one class has, for all classes. */
function copied(mode: number, who: string): number {
  const shift = { u: 6, g: 3, o: 0 }[who]!;
  return ((mode >> shift) & 0o7) * 0o111;
}

function maskOf(who: string): number {
  if (who === "" || who.includes("a")) return 0o7777;
  return [...who].reduce((mask, letter) => mask | WHO[letter]!, 0);
}

function failMode(text: string): never {
  return fail(
    "invalid-argument",
    `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`,
  );
}
