import { fail } from "#errors";
import { trimSpace } from "../syntax/space.ts";
import { IgnorePattern } from "./ignore-pattern.ts";

/** What a directory's patterns say, handed down to what is in it. */
export interface IgnoreState {
  readonly ignored: boolean;
  /** Which patterns matched the directory or one above it. */
  readonly matched: readonly boolean[];
}

/** More directories than one look at a tree goes back and forth between. */
const MOST_KEPT = 4096;

/**
 * Says which paths of a build context are left out (moby's `patternmatcher`, the way BuildKit
 * walks a tree with it): the last pattern that matches a path or a directory above it decides.
 * Paths are relative, with slashes. Construction throws `invalid-argument` on a bad pattern.
 */
export class IgnoreMatcher {
  readonly patterns: readonly IgnorePattern[];
  readonly #root: IgnoreState;
  readonly #directories = new Map<string, IgnoreState>();

  /** @param patterns the lines of an ignore file, as `parseIgnoreFile` gives them */
  constructor(patterns: readonly string[]) {
    this.patterns = patterns.map(trimSpace).filter(Boolean).map(createPattern);
    this.#root = { ignored: false, matched: this.patterns.map(() => false) };
  }

  /** Whether a path is left out. The root of the context never is. */
  ignores(path: string): boolean {
    return this.state(path).ignored;
  }

  /**
   * A path's own state; for a walker, which has that of the directory at hand. Without it the
   * directories above are looked at, and remembered.
   */
  state(path: string, parent: IgnoreState = this.#stateAbove(path)): IgnoreState {
    if (path === "." || path === "") return this.#root;
    let ignored = false;
    const matched = this.patterns.map((pattern, index) => {
      // An exclusion has nothing to say of a path that is in, nor a pattern of one that is out.
      const asked = pattern.exclusion === ignored;
      const matches = parent.matched[index]! || (asked && pattern.matches(path));
      if (matches) ignored = !pattern.exclusion;
      return matches;
    });
    return { ignored, matched };
  }

  /**
   * Whether a walker may leave out all that is below a directory: it is ignored, and no `!`
   * pattern can take anything below it back in.
   */
  canPrune(directory: string, state: IgnoreState = this.state(directory)): boolean {
    if (!state.ignored) return false;
    for (let index = this.patterns.length - 1; index >= 0; index--) {
      const pattern = this.patterns[index]!;
      if (!pattern.exclusion && state.matched[index]) return true;
      if (pattern.exclusion && pattern.mayMatchBelow(directory)) return false;
    }
    return true;
  }

  #stateAbove(path: string): IgnoreState {
    const unknown: string[] = [];
    let state = this.#root;
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const directory = path.slice(0, end);
      const known = this.#directories.get(directory);
      if (known) {
        state = known;
        break;
      }
      unknown.push(directory);
    }
    for (const directory of unknown.reverse()) {
      state = this.state(directory, state);
      this.#remember(directory, state);
    }
    return state;
  }

  #remember(directory: string, state: IgnoreState): void {
    if (this.#directories.size >= MOST_KEPT) this.#directories.clear();
    this.#directories.set(directory, state);
  }
}

function createPattern(text: string): IgnorePattern {
  if (text === "!")
    return fail("invalid-argument", 'illegal exclusion pattern: "!": put a path behind the !');
  return new IgnorePattern(text);
}
