const SPACE = /[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Whether one UTF-16 unit is white space by Unicode's property, the set Go's `IsSpace` uses. */
export function isSpace(unit: string): boolean {
  return unit <= "\x7f" ? unit === " " || (unit >= "\t" && unit <= "\r") : SPACE.test(unit);
}

export function trimStart(text: string): string {
  let from = 0;
  while (from < text.length && isSpace(text[from]!)) from++;
  return text.slice(from);
}

export function trimSpace(text: string): string {
  let to = text.length;
  while (to > 0 && isSpace(text[to - 1]!)) to--;
  return trimStart(text.slice(0, to));
}
