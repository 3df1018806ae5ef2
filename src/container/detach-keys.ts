import { fail } from "#errors";

const DEFAULT = "ctrl-p,ctrl-q";
/** Keys that have a control code without being a letter, from code 27 on; `@` is 0. */
const BEYOND_LETTERS = "[\\]^_";
const CONTROL_MASK = 0x1f;

/**
 * The bytes that detach a terminal from a process, of `--detach-keys`: characters and `ctrl-X`
 * with a letter or one of `@[\]^_`, separated by commas. Fails with `invalid-argument` in
 * Docker's words.
 */
export function parseDetachKeys(text = ""): Uint8Array {
  return Uint8Array.from((text || DEFAULT).split(","), (key) => parseKey(key, text));
}

function parseKey(key: string, text: string): number {
  const [, control] = /^ctrl-(.)$/s.exec(key) ?? [];
  if (control !== undefined && (/[a-z@]/.test(control) || BEYOND_LETTERS.includes(control)))
    return control.charCodeAt(0) & CONTROL_MASK;
  if (/^[\0-\x7f]$/.test(key)) return key.charCodeAt(0);
  return fail("invalid-argument", `Invalid escape keys (${text}) provided`);
}
