import { refuse } from "../syntax/refusal.ts";

/** One step of a pattern: a literal text, any one character, or any run of characters. */
type Step = string | typeof ANY | typeof STAR;
type Runs = readonly (readonly Step[])[];

const ANY = Symbol("?");
const STAR = Symbol("*");

/** Bounds the work of one match: pattern times value, both in characters. */
const MOST_WORK = 64 * 1024 * 1024;

/** `${x#p}` `${x##p}` `${x%p}` `${x%%p}`: `argument` is what follows the first `#` or `%`. */
export function trimPattern(value: string, side: "#" | "%", argument: string): string {
  const greedy = argument.startsWith(side);
  const steps = parsePattern(greedy ? argument.slice(1) : argument);
  checkWork(steps, value);
  const chars = Array.from(value);
  if (side === "#") return chars.slice(prefixEnd(steps, chars, greedy)).join("");
  const end = prefixEnd(steps.toReversed(), chars.toReversed(), greedy);
  return chars.slice(0, chars.length - end).join("");
}

/** `${x/p/r}` and, for `all`, `${x//p/r}`; the longest match at the leftmost place goes first. */
export function replacePattern(
  value: string,
  pattern: string,
  replacement: string,
  all: boolean,
  longest: number,
): string {
  const steps = parsePattern(pattern);
  checkWork(steps, value);
  const chars = Array.from(value);
  const result: string[] = [];
  let [kept, at, size] = [0, 0, 0];
  for (;;) {
    const match = findMatch(steps, chars, at);
    if (match === undefined) break;
    const [start, end] = match;
    if (end > start || start !== kept || kept === 0) {
      result.push(...slice(chars, kept, start), replacement);
      kept = end;
      size += replacement.length;
    }
    if (!all) break;
    if (size > longest) refuse(`the result is longer than ${longest} characters`);
    at = end > start ? end : start + 1;
  }
  return result.join("") + chars.slice(kept).join("");
}

function* slice(chars: readonly string[], from: number, to: number): Generator<string> {
  for (let at = from; at < to; at++) yield chars[at]!;
}

/** `\*`, `\?` and `\\` are literal; `\}` and `\/` stand for the character that had to be escaped. */
function parsePattern(pattern: string): Step[] {
  const chars = Array.from(pattern);
  const steps: Step[] = [];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at]!;
    if (char === "*") steps.push(STAR);
    else if (char === "?") steps.push(ANY);
    else steps.push(char === "\\" ? escapedIn(pattern, chars[++at]) : char);
  }
  return steps;
}

function escapedIn(pattern: string, char: string | undefined): string {
  if (char !== undefined && "*?\\}/".includes(char)) return char;
  return refuse(`invalid pattern (${pattern}) in substitution: invalid escape '\\${char ?? ""}'`);
}

function checkWork(steps: readonly Step[], value: string): void {
  if (steps.length * value.length > MOST_WORK)
    refuse("the pattern and the value of a substitution are too long to be matched");
}

/** How many characters the pattern takes from the front: as few, or as many, as can be. */
function prefixEnd(steps: readonly Step[], chars: readonly string[], greedy: boolean): number {
  return matchEnd(runsOf(steps), chars, 0, greedy) ?? 0;
}

/** The literal runs between the stars; `a*b` gives two, `*a` an empty one first. */
function runsOf(steps: readonly Step[]): Runs {
  const runs: Step[][] = [[]];
  for (const step of steps) {
    if (step === STAR) runs.push([]);
    else runs.at(-1)!.push(step);
  }
  return runs;
}

function findMatch(
  steps: readonly Step[],
  chars: readonly string[],
  from: number,
): [number, number] | undefined {
  const runs = runsOf(steps);
  for (let start = from; start <= chars.length; start++) {
    if (!runAt(runs[0]!, chars, start)) continue;
    const end = matchEnd(runs, chars, start, true);
    if (end !== undefined) return [start, end];
    // What follows the first run is missing from here on, so it is missing further on too.
    return undefined;
  }
  return undefined;
}

/**
 * Where a match that starts at `start` ends. Every run is taken where it comes first, which leaves
 * the most to the rest; only the last run decides between the shortest and the longest match.
 */
function matchEnd(
  runs: Runs,
  chars: readonly string[],
  start: number,
  greedy: boolean,
): number | undefined {
  if (!runAt(runs[0]!, chars, start)) return undefined;
  let end = start + runs[0]!.length;
  for (let index = 1; index < runs.length; index++) {
    const run = runs[index]!;
    const last = index === runs.length - 1;
    const place = greedy && last ? lastRun(run, chars, end) : firstRun(run, chars, end);
    if (place === undefined) return undefined;
    end = place + run.length;
  }
  return end;
}

function firstRun(run: readonly Step[], chars: readonly string[], from: number) {
  for (let at = from; at + run.length <= chars.length; at++) if (runAt(run, chars, at)) return at;
  return undefined;
}

function lastRun(run: readonly Step[], chars: readonly string[], from: number) {
  for (let at = chars.length - run.length; at >= from; at--) if (runAt(run, chars, at)) return at;
  return undefined;
}

function runAt(run: readonly Step[], chars: readonly string[], at: number): boolean {
  if (at + run.length > chars.length) return false;
  for (let index = 0; index < run.length; index++) {
    const step = run[index]!;
    if (step !== ANY && step !== chars[at + index]) return false;
  }
  return true;
}
