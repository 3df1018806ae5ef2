import { displayWidth } from "./text.ts";

export interface TabwriterOptions {
  /** The least width of a column, its padding included. */
  readonly minWidth: number;
  /** Spaces after the widest cell of a column. */
  readonly padding: number;
}

/** What docker's tables use. */
const DOCKER: TabwriterOptions = { minWidth: 10, padding: 3 };

/**
 * Aligns text whose cells end in tabs, like Go's text/tabwriter: a column is a run of adjacent
 * lines that have a cell in it, and is as wide as its widest one. The last cell of a line, which no
 * tab ends, is not part of a column.
 */
export function alignTabs(text: string, options: TabwriterOptions = DOCKER): string {
  const lines = text.split("\n").map((line) => line.split("\t"));
  for (let column = 0; lines.some((line) => line.length > column + 1); column++) {
    padColumn(lines, column, options);
  }
  return lines.map((line) => line.join("")).join("\n");
}

function padColumn(lines: string[][], column: number, options: TabwriterOptions): void {
  for (let start = 0; start < lines.length; ) {
    let end = start;
    while (end < lines.length && (lines[end]?.length ?? 0) > column + 1) end++;
    padBlock(lines.slice(start, end), column, options);
    start = end + 1;
  }
}

function padBlock(lines: string[][], column: number, { minWidth, padding }: TabwriterOptions) {
  const widths = lines.map((line) => displayWidth(line[column] ?? ""));
  const width = widths.reduce((widest, cell) => Math.max(widest, cell + padding), minWidth);
  for (const [index, line] of lines.entries()) {
    line[column] += " ".repeat(width - (widths[index] ?? 0));
  }
}
