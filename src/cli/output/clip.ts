import { displayWidth, prefixOfWidth } from "./text.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const STYLE = /(\x1b\[[\d;]*m)/;
const RESET = "\x1b[0m";

/**
 * The beginning of a styled line that fits into `width` columns. Styles stay whole and end with the
 * line; other control characters, which would move the cursor, become spaces.
 */
export function clipLine(line: string, width: number): string {
  const parts = line.split(STYLE);
  if (parts.length === 1) return clipText(line, width);
  let left = width;
  const clipped = parts.map((part, index) => {
    if (index % 2 === 1) return part;
    const text = clipText(part, left);
    left -= displayWidth(text);
    return text;
  });
  return clipped.join("") + RESET;
}

function clipText(text: string, width: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const plain = text.replace(/[\x00-\x1f\x7f-\x9f]/g, " ");
  return displayWidth(plain) <= width ? plain : prefixOfWidth(plain, width);
}
