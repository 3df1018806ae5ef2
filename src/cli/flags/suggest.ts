/** The names that a misspelt one may have meant: at most two slips away, or begun with it. */
export function suggestions(word: string, names: readonly string[]): string[] {
  const lower = word.toLowerCase();
  return names
    .filter((name) => distance(lower, name) <= 2 || (lower !== "" && name.startsWith(lower)))
    .sort((a, b) => distance(lower, a) - distance(lower, b));
}

/** Edit distance (Levenshtein), where swapping two neighbours is one edit. */
export function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) row.push(cheapest(a, b, i, j, rows, row));
    rows.push(row);
  }
  return rows.at(-1)?.at(-1) ?? 0;
}

function cheapest(a: string, b: string, i: number, j: number, rows: number[][], row: number[]) {
  const above = rows[i - 1] ?? [];
  const same = a[i - 1] === b[j - 1];
  const best = Math.min(
    (above[j] ?? 0) + 1,
    (row[j - 1] ?? 0) + 1,
    (above[j - 1] ?? 0) + (same ? 0 : 1),
  );
  const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
  return swapped ? Math.min(best, (rows[i - 2]?.[j - 2] ?? 0) + 1) : best;
}
