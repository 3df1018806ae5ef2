import { cleanPath } from "./clean-path.ts";
import { type GlobStep, malformed, parseGlob, STAR, stepTakes, widthOf } from "./glob.ts";

/** One step of an ignore pattern: those of a glob, and the two meanings of `**`. */
type Step = GlobStep | typeof DIRECTORIES | typeof REST;

/** `**` before something: nothing, or anything up to and with a slash. */
const DIRECTORIES = Symbol("**/");
/** `**` at the end: anything. */
const REST = Symbol("**");

/** How a pattern matches, from the cheapest way to the general one. */
type Matching =
  | { readonly type: "exact" | "prefix" | "suffix"; readonly text: string }
  | { readonly type: "steps"; readonly steps: readonly Step[]; readonly needle: string };

const SLASH = 0x2f;

/** One line of an ignore file, ready to match paths (moby's `patternmatcher.Pattern`). */
export class IgnorePattern {
  /** Cleaned, without the `!`. */
  readonly text: string;
  /** Whether it takes paths back in (`!`). */
  readonly exclusion: boolean;
  readonly #matching: Matching;

  /** Throws `invalid-argument` on a malformed pattern. */
  constructor(pattern: string) {
    const cleaned = cleanPath(pattern);
    this.exclusion = cleaned.startsWith("!");
    this.text = this.exclusion ? cleaned.slice(1) : cleaned;
    this.#matching = matchingOf(this.text);
  }

  /** Whether the pattern matches this very path; its parents are not looked at. */
  matches(path: string): boolean {
    const matching = this.#matching;
    switch (matching.type) {
      case "exact":
        return path === matching.text;
      case "prefix":
        return path.startsWith(matching.text);
      case "suffix":
        return endsWith(path, matching.text);
      case "steps":
        return path.includes(matching.needle) && walk(matching.steps, path) === "matched";
    }
  }

  /** Whether some path below this directory could match. */
  mayMatchBelow(directory: string): boolean {
    const start = `${directory}/`;
    const matching = this.#matching;
    switch (matching.type) {
      case "exact":
        return matching.text.startsWith(start);
      case "prefix":
        return matching.text.startsWith(start) || start.startsWith(matching.text);
      case "suffix":
        return true;
      case "steps":
        return walk(matching.steps, start) !== "failed";
    }
  }
}

// A suffix that starts with a slash also matches the name at the root.
function endsWith(path: string, suffix: string): boolean {
  return path.endsWith(suffix) || (suffix.startsWith("/") && path === suffix.slice(1));
}

function matchingOf(pattern: string): Matching {
  const glob = parseGlob(pattern);
  const plain = !/[?[\]\\]/.test(pattern);
  const start = /^[^*]*/.exec(pattern)![0];
  const rest = pattern.slice(start.length);
  if (plain && rest === "") return { type: "exact", text: pattern };
  if (plain && start !== "" && rest === "**") return { type: "prefix", text: start };
  if (plain && start === "" && /^\*\*[^*]*$/.test(rest))
    return { type: "suffix", text: rest.slice(2) };
  const steps = withDirectories(glob, pattern);
  return { type: "steps", steps, needle: needleOf(steps) };
}

/** Joins two stars into one step, with the slash behind them, which `**` swallows. */
function withDirectories(glob: readonly GlobStep[], pattern: string): Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < glob.length; at++) {
    if (glob[at] !== STAR || glob[at + 1] !== STAR) {
      steps.push(refuseEmptyRange(glob[at]!, pattern));
      continue;
    }
    at += glob[at + 2] === SLASH ? 2 : 1;
    const step = at + 1 === glob.length ? REST : DIRECTORIES;
    if (steps.at(-1) !== step) steps.push(step);
  }
  return steps;
}

function refuseEmptyRange(step: GlobStep, pattern: string): GlobStep {
  const empty = typeof step === "object" && step.ranges.some(([low, high]) => high < low);
  return empty ? malformed(pattern) : step;
}

/** The longest text that is in every matching path: a quick way to say no. */
function needleOf(steps: readonly Step[]): string {
  let [longest, run] = ["", ""];
  for (const step of steps) {
    run = typeof step === "number" ? run + String.fromCodePoint(step) : "";
    if (run.length > longest.length) longest = run;
  }
  return longest;
}

/**
 * Follows all ways to match at once, as the set of places each step can leave off at, so that no
 * pattern is slow. `possible`: the path is used up before the pattern is.
 */
function walk(steps: readonly Step[], path: string): "matched" | "possible" | "failed" {
  let places: readonly number[] = [0];
  let possible = false;
  for (const step of steps) {
    possible ||= places.at(-1) === path.length;
    if (step === REST) return "matched";
    if (step === DIRECTORIES) {
      possible = true;
      places = afterDirectories(places, path);
    } else places = step === STAR ? afterStar(places, path) : afterOne(step, places, path);
    if (places.length === 0) return possible ? "possible" : "failed";
  }
  if (places.at(-1) === path.length) return "matched";
  return possible ? "possible" : "failed";
}

function afterOne(step: GlobStep, places: readonly number[], path: string): number[] {
  const next: number[] = [];
  for (const place of places) {
    const point = path.codePointAt(place);
    if (point !== undefined && stepTakes(step, point)) next.push(place + widthOf(point));
  }
  return next;
}

function afterStar(places: readonly number[], path: string): number[] {
  const next: number[] = [];
  for (const place of places) {
    if (place <= (next.at(-1) ?? -1)) continue;
    for (let at = place; at <= path.length; at++) {
      next.push(at);
      if (path.charCodeAt(at) === SLASH) break;
    }
  }
  return next;
}

function afterDirectories(places: readonly number[], path: string): number[] {
  const next = new Set(places);
  for (let at = places[0]!; at < path.length; at++)
    if (path.charCodeAt(at) === SLASH) next.add(at + 1);
  return [...next].sort((one, other) => one - other);
}
