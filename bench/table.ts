/** One line of a Markdown table. */
export function print(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

/** The head of a Markdown table: numbers stand to the right of the first column. */
export function printHead(columns: readonly string[]): void {
  print(["", ...columns]);
  print(["---", ...columns.map(() => "--:")]);
}

/** Three digits or so; empty for NaN. */
export function formatSeconds(seconds: number): string {
  if (Number.isNaN(seconds)) return "";
  if (seconds >= 10) return `${seconds.toFixed(1)} s`;
  return `${(seconds * 1000).toFixed(seconds < 0.01 ? 2 : 0)} ms`;
}

/** Megabytes of a million; empty for NaN. */
export function formatBytes(bytes: number): string {
  if (Number.isNaN(bytes)) return "";
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/** Empty when either is missing. */
export function formatRatio(of: number, to: number): string {
  const ratio = of / to;
  return Number.isFinite(ratio) ? `${ratio.toFixed(ratio < 0.1 ? 2 : 1)}x` : "";
}
