import { quote } from "#errors";

/** A code point as a Go character literal, as `%q` prints an integer. */
export function quoteGoChar(point: number): string {
  const inner = quote(String.fromCodePoint(point)).slice(1, -1);
  if (inner === '\\"') return `'"'`;
  return inner === "'" ? "'\\''" : `'${inner}'`;
}

const SIMPLE: Record<string, string> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};
const ESCAPE =
  /\\(?:([abfnrtv\\'"])|u([\da-fA-F]{4})|U([\da-fA-F]{8}))|((?:\\x[\da-fA-F]{2}|\\[0-3][0-7]{2})+)|\\/g;

/**
 * The value of a Go literal in its quotes: `"…"` and `'…'` with escapes, or raw in backquotes.
 * Undefined if the escapes are not Go's.
 */
export function unquoteGo(literal: string): string | undefined {
  const mark = literal[0];
  const body = literal.slice(1, -1);
  if (mark === "`") return body.replaceAll("\r", "");
  let valid = true;
  const value = body.replace(ESCAPE, (whole, simple, short, long, bytes) => {
    const decoded = simple ? unescapeSimple(simple, mark) : unescapeCode(short ?? long, bytes);
    if (decoded === undefined) valid = false;
    return decoded ?? whole;
  });
  return valid ? value : undefined;
}

function unescapeSimple(letter: string, mark: string | undefined): string | undefined {
  if (letter === '"' || letter === "'") return letter === mark ? letter : undefined;
  return SIMPLE[letter];
}

function unescapeCode(hex: string | undefined, bytes: string | undefined): string | undefined {
  if (bytes !== undefined) return decodeBytes(bytes);
  if (hex === undefined) return undefined;
  const point = Number.parseInt(hex, 16);
  const surrogate = point >= 0xd800 && point <= 0xdfff;
  return point > 0x10ffff || surrogate ? undefined : String.fromCodePoint(point);
}

/** `\xe2\x9c\x93` and `\303\244` name bytes, which together are UTF-8. */
function decodeBytes(escapes: string): string {
  const parts = escapes.match(/x..|\d{3}/g) ?? [];
  const bytes = parts.map((part) =>
    part.startsWith("x") ? Number.parseInt(part.slice(1), 16) : Number.parseInt(part, 8),
  );
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
