/** SUB_UID_MIN and SUB_UID_COUNT as login.defs(5) has them by default. */
const FIRST = 100_000;
const COUNT = 65_536;

/**
 * The first `first-last` range of ids that nobody has, in the form of usermod(8).
 *
 * @param rows the lines of subuid(5) and subgid(5): `user:first:count`
 */
export function freeSubordinateIds(rows: readonly string[]): string {
  let first = FIRST;
  for (const [taken, end] of rows.flatMap(rangeOf).sort(([a], [b]) => a - b)) {
    if (taken >= first + COUNT) break;
    first = Math.max(first, end);
  }
  return `${first}-${first + COUNT - 1}`;
}

function rangeOf(row: string): [first: number, end: number][] {
  const [, first, count] = row.split(":").map(Number);
  return first! >= 0 && count! > 0 ? [[first!, first! + count!]] : [];
}
