const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\s]+/gu;
const LONGEST = 500;

/** A server's text, fit for a terminal: one line, bounded, nothing that steers a cursor. */
export function printable(text: string): string {
  const line = text
    .slice(0, LONGEST * 2)
    .replace(UNPRINTABLE, " ")
    .trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}

/** A URL as messages show it: its query and user may be secrets (signatures, tokens). */
export function printableUrl(url: URL): string {
  return printable(`${url.protocol}//${url.host}${url.pathname}`);
}
