import { clip } from "./clip.ts";
import type { SourceRange } from "./source-range.ts";

const RULE = "--------------------";

/**
 * The lines around a range with a marker before each line of it, in the form `docker build`
 * prints under a failed step, long lines cut; no newline at the end. Empty when the range is outside the text.
 */
export function excerpt(
  dockerfileText: string,
  range: Pick<SourceRange, "firstLine" | "lastLine">,
  name: string,
): string {
  const lines = dockerfileText.split("\n");
  const last = Math.min(range.lastLine, lines.length);
  if (range.firstLine < 1 || range.firstLine > lines.length) return "";
  const [from, to] = padded(range.firstLine, last, lines.length);
  const shown = lines.slice(from - 1, to).map((line, index) => {
    const number = from + index;
    const marker = number >= range.firstLine && number <= last ? ">>>" : "   ";
    return ` ${String(number).padStart(3)} | ${marker} ${clip(line)}`.trimEnd();
  });
  return [`${name}:${range.firstLine}`, RULE, ...shown, RULE].join("\n");
}

/** Two lines of context on each side of a single line, one on each side of several. */
function padded(first: number, last: number, count: number): [number, number] {
  const budget = first === last ? 4 : 2;
  let [from, to] = [first, last];
  for (let spent = 0; spent < budget; spent++) {
    if (from > 1) {
      from--;
      spent++;
    }
    if (to < count) {
      to++;
      spent++;
    }
  }
  return [from, to];
}
