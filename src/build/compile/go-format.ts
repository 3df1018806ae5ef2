const SHORT: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  '"': '\\"',
  "\\": "\\\\",
};
const UNPRINTABLE = /["\\\p{C}\p{Zl}\p{Zp}\u00a0]/gu;
const NANOSECONDS = { h: 3_600_000_000_000n, m: 60_000_000_000n, s: 1_000_000_000n } as const;

/** Text as Go's `%q` prints it: the history of an image shows arguments in this form. */
export function quote(text: string): string {
  return `"${text.replace(UNPRINTABLE, escaped)}"`;
}

/** A list of texts as Go's `%q` prints it: `["a" "b"]`. */
export function quoteList(texts: readonly string[]): string {
  return `[${texts.map(quote).join(" ")}]`;
}

/** A list of texts as Go's `%v` prints it: `[a b]`. */
export function plainList(texts: readonly string[]): string {
  return `[${texts.join(" ")}]`;
}

/** Nanoseconds as Go prints a duration: `1m30s`, `1.5s`, `300ms`. */
export function formatDuration(nanoseconds: number): string {
  const total = BigInt(Math.round(nanoseconds));
  if (total === 0n) return "0s";
  if (total < NANOSECONDS.s) return smallDuration(Number(total));
  const hours = total / NANOSECONDS.h;
  const minutes = (total % NANOSECONDS.h) / NANOSECONDS.m;
  const seconds = Number(total % NANOSECONDS.m) / Number(NANOSECONDS.s);
  const withMinutes = hours > 0n || minutes > 0n;
  return `${hours > 0n ? `${hours}h` : ""}${withMinutes ? `${minutes}m` : ""}${seconds}s`;
}

function smallDuration(nanoseconds: number): string {
  if (nanoseconds >= 1e6) return `${nanoseconds / 1e6}ms`;
  return nanoseconds >= 1e3 ? `${nanoseconds / 1e3}µs` : `${nanoseconds}ns`;
}

function escaped(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0)!;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}
