const FARTHEST = 2;

/**
 * ` (did you mean X?)` for the option nearest to a misspelt word, or the empty text when none is
 * within two edits or the two have no letter in common. Case is ignored for `fold`, and the suggestion takes the word's case.
 */
export function didYouMean(word: string, options: Iterable<string>, fold = false): string {
  const nearest = nearestOption(fold ? word.toLowerCase() : word, options, fold);
  return nearest === undefined ? "" : ` (did you mean ${fold ? caseOf(word, nearest) : nearest}?)`;
}

function nearestOption(word: string, options: Iterable<string>, fold: boolean): string | undefined {
  let [best, bestDistance]: [string | undefined, number] = [undefined, FARTHEST + 1];
  for (const option of options) {
    const candidate = fold ? option.toLowerCase() : option;
    const apart = distance(word, candidate);
    if (apart < Math.min(bestDistance, word.length)) [best, bestDistance] = [candidate, apart];
  }
  return bestDistance === 0 ? undefined : best;
}

function caseOf(word: string, suggestion: string): string {
  return word === word.toUpperCase() ? suggestion.toUpperCase() : suggestion;
}

/** Levenshtein's distance, not looked into where the lengths alone are too far apart. */
function distance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > FARTHEST) return FARTHEST + 1;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const swap = row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[other.length]!;
}
