/** Columns that text takes on a terminal: wide characters two, escape sequences none. */
export function displayWidth(text: string): number {
  return Bun.stringWidth(text);
}

/** Cuts to `width` columns, with `…` as the last one if something is cut off. */
export function ellipsis(text: string, width: number): string {
  if (width <= 0) return "";
  if (displayWidth(text) <= width) return text;
  return width === 1 ? ([...text][0] ?? "") : `${prefixOfWidth(text, width - 1)}…`;
}

/** The longest beginning that fits into `width` columns. */
export function prefixOfWidth(text: string, width: number): string {
  let used = 0;
  let end = 0;
  for (const char of text) {
    used += displayWidth(char);
    if (used > width) break;
    end += char.length;
  }
  return text.slice(0, end);
}

/** The short form of an ID or digest: twelve digits, without the algorithm. */
export function truncateId(id: string): string {
  return id.slice(id.indexOf(":") + 1).slice(0, 12);
}
