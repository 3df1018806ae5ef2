import { fail } from "#errors";

/** A set of characters: `[a-z]`, or with `^` all but those. A slash may be in it. */
export interface CharacterClass {
  readonly negated: boolean;
  readonly ranges: readonly (readonly [low: number, high: number])[];
}

/** One step of a glob: a code point, a class, any character but `/`, or any run of those. */
export type GlobStep = number | CharacterClass | typeof ANY | typeof STAR;

export const ANY = Symbol("?");
export const STAR = Symbol("*");

const SLASH = 0x2f;
const [BACKSLASH, OPEN, CLOSE, CARET, HYPHEN] = [0x5c, 0x5b, 0x5d, 0x5e, 0x2d];

/**
 * Whether a whole path matches a glob, by the rules of Go's `filepath.Match` that COPY and ADD
 * sources follow: `*` and `?` stop at slashes, `[…]` is a class, `\` escapes. Throws
 * `invalid-argument` on a malformed pattern.
 */
export function matchGlob(pattern: string, path: string): boolean {
  return matchSteps(parseGlob(pattern), path);
}

/** Whether a COPY source has `*`, `?` or `[` in it that is not escaped. */
export function hasGlob(path: string): boolean {
  return /[*?[]/.test(path.replace(/\\./gs, ""));
}

/** Reads a glob into its steps; throws `invalid-argument` on a malformed one. */
export function parseGlob(pattern: string): GlobStep[] {
  const points = Array.from(pattern, (char) => char.codePointAt(0)!);
  const steps: GlobStep[] = [];
  for (let at = 0; at < points.length; at++) {
    const point = points[at]!;
    if (point === OPEN) {
      const [characterClass, end] = parseClass(pattern, points, at + 1);
      steps.push(characterClass);
      at = end;
    } else if (point === 0x2a) steps.push(STAR);
    else if (point === 0x3f) steps.push(ANY);
    else steps.push(point === BACKSLASH ? (points[++at] ?? malformed(pattern)) : point);
  }
  return steps;
}

/** Whether one code point is what a step stands for; not to be asked of {@link STAR}. */
export function stepTakes(step: GlobStep, point: number): boolean {
  if (typeof step === "number") return step === point;
  if (typeof step === "symbol") return point !== SLASH;
  return step.ranges.some(([low, high]) => low <= point && point <= high) !== step.negated;
}

export function malformed(pattern: string): never {
  return fail(
    "invalid-argument",
    `syntax error in pattern ${JSON.stringify(pattern)}: ` +
      "close every [, give each class a character, and put one after each \\",
  );
}

/** Takes each run of steps at the first place it fits, as Go does, so it never goes far back. */
function matchSteps(steps: readonly GlobStep[], path: string): boolean {
  let [step, at] = [0, 0];
  let [starStep, starAt] = [-1, 0];
  while (at < path.length || step < steps.length) {
    if (steps[step] === STAR) {
      [starStep, starAt] = [step++, at];
      continue;
    }
    const point = path.codePointAt(at);
    if (step < steps.length && point !== undefined && stepTakes(steps[step]!, point)) {
      step++;
      at += widthOf(point);
      continue;
    }
    const skipped = path.codePointAt(starAt);
    if (starStep < 0 || skipped === undefined || skipped === SLASH) return false;
    starAt += widthOf(skipped);
    [step, at] = [starStep + 1, starAt];
  }
  return true;
}

export function widthOf(point: number): 1 | 2 {
  return point > 0xffff ? 2 : 1;
}

function parseClass(
  pattern: string,
  points: readonly number[],
  from: number,
): [CharacterClass, number] {
  const negated = points[from] === CARET;
  let at = negated ? from + 1 : from;
  const ranges: [number, number][] = [];
  const character = (): number => {
    const point = points[at++];
    if (point === undefined || point === HYPHEN || point === CLOSE) return malformed(pattern);
    return point === BACKSLASH ? (points[at++] ?? malformed(pattern)) : point;
  };
  while (points[at] !== CLOSE || ranges.length === 0) {
    const low = character();
    const isRange = points[at] === HYPHEN;
    if (isRange) at++;
    ranges.push([low, isRange ? character() : low]);
  }
  return [{ negated, ranges }, at];
}
