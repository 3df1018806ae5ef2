import { quote } from "#errors";

const NANOSECONDS = { h: 3_600_000_000_000n, m: 60_000_000_000n, s: 1_000_000_000n } as const;

/** A list of texts as Go's `%q` prints it: `["a" "b"]`. */
export function quoteList(texts: readonly string[]): string {
  return `[${texts.map(quote).join(" ")}]`;
}

/** A list of texts as Go's `%v` prints it: `[a b]`. */
export function plainList(texts: readonly string[]): string {
  return `[${texts.join(" ")}]`;
}

/** Nanoseconds as Go prints a duration: `1m30s`, `1.5s`, `300ms`. */
export function formatDuration(nanoseconds: number): string {
  const total = BigInt(Math.round(nanoseconds));
  if (total === 0n) return "0s";
  if (total < NANOSECONDS.s) return smallDuration(Number(total));
  const hours = total / NANOSECONDS.h;
  const minutes = (total % NANOSECONDS.h) / NANOSECONDS.m;
  const seconds = Number(total % NANOSECONDS.m) / Number(NANOSECONDS.s);
  const withMinutes = hours > 0n || minutes > 0n;
  return `${hours > 0n ? `${hours}h` : ""}${withMinutes ? `${minutes}m` : ""}${seconds}s`;
}

function smallDuration(nanoseconds: number): string {
  if (nanoseconds >= 1e6) return `${nanoseconds / 1e6}ms`;
  return nanoseconds >= 1e3 ? `${nanoseconds / 1e3}µs` : `${nanoseconds}ns`;
}
