/** Narrower than this a column of text is no longer read as one. */
const NARROWEST = 24;
/** Columns that the last line may take more, so that no short word stands alone below it. */
const SLOP = 5;

/**
 * Breaks the help text of a flag at spaces, the way docker's CLI does. The first line follows what
 * stands left of it; further ones are indented.
 *
 * @param indent the column where the text begins
 * @param width the columns of a whole line; 0 breaks only at line ends
 */
export function wrapText(text: string, indent: number, width: number): string {
  if (width <= 0) return text.replaceAll("\n", `\n${" ".repeat(indent)}`);
  if (width - indent >= NARROWEST) return wrapInto(text, indent, width - indent);
  const below = 16;
  if (width - below < NARROWEST) return text.replaceAll("\n", `\n${" ".repeat(below)}`);
  return `\n${" ".repeat(below)}${wrapInto(text, below, width - below)}`;
}

function wrapInto(text: string, indent: number, width: number): string {
  const lines: string[] = [];
  for (let rest = text; rest !== ""; ) {
    const [line, after] = takeLine(rest, width - SLOP);
    lines.push(line);
    rest = after;
  }
  return lines.join("\n").replaceAll("\n", `\n${" ".repeat(indent)}`);
}

function takeLine(text: string, width: number): [string, string] {
  if (text.length < width + SLOP) return [text, ""];
  const head = text.slice(0, width);
  const space = Math.max(head.lastIndexOf(" "), head.lastIndexOf("\t"), head.lastIndexOf("\n"));
  if (space <= 0) return [text, ""];
  const newline = head.lastIndexOf("\n");
  const end = newline > 0 ? newline : space;
  return [text.slice(0, end), text.slice(end + 1)];
}
