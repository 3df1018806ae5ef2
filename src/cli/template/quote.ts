const ESCAPES: Record<string, string> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/** Text as a Go string literal in double quotes, as `%q` prints it (strconv.Quote). */
export function quoteGo(text: string): string {
  return quoteWith(text, '"');
}

/** A code point as a Go character literal, as `%q` prints an integer. */
export function quoteGoChar(point: number): string {
  return quoteWith(String.fromCodePoint(point), "'");
}

function quoteWith(text: string, mark: string): string {
  let out = mark;
  for (const char of text) {
    if (char === mark) out += `\\${mark}`;
    else out += ESCAPES[char] ?? (UNPRINTABLE.test(char) ? escapePoint(char) : char);
  }
  return out + mark;
}

function escapePoint(char: string): string {
  const point = char.codePointAt(0) ?? 0;
  if (point < 0x20 || point === 0x7f) return `\\x${point.toString(16).padStart(2, "0")}`;
  if (point > 0xffff) return `\\U${point.toString(16).padStart(8, "0")}`;
  return `\\u${point.toString(16).padStart(4, "0")}`;
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
