import { fail } from "#errors";

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const DURATION = /^[+-]?(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/;
const DATE =
  /^\d{4}-\d{2}-\d{2}(?:T\d{2}(?::\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?)?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * Unix milliseconds of a point in time as Docker's filters take it: a Go duration back from
 * `now` (`24h`, `1h30m`), Unix seconds, or a date, in local time where it names no zone.
 */
export function parseTimestamp(text: string, now: number): number {
  if (DURATION.test(text)) return now - parseDuration(text);
  if (/^\d+(\.\d{1,9})?$/.test(text)) return Number(text) * 1000;
  const milliseconds = DATE.test(text) ? Date.parse(completed(text)) : Number.NaN;
  if (Number.isNaN(milliseconds))
    fail(
      "invalid-argument",
      `invalid timestamp ${JSON.stringify(text)}: give a duration such as 24h, or a date such as 2006-01-02T15:04:05`,
    );
  return milliseconds;
}

/** Milliseconds of a Go duration such as `1h30m`. */
export function parseDuration(text: string): number {
  if (!DURATION.test(text)) fail("invalid-argument", `invalid duration ${JSON.stringify(text)}`);
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g))
    sum += Number(count) * UNIT_MS[unit!]!;
  return text.startsWith("-") ? -sum : sum;
}

// A date alone is midnight UTC to Date.parse, and midnight here to Docker.
function completed(text: string): string {
  const [, date, time = "", zone = ""] = /^([\d-]{10})(T[\d:.]*)?(.*)$/.exec(text)!;
  const full = time === "" ? "T00:00:00" : time.length === 3 ? `${time}:00` : time;
  return `${date}${full}${zone}`;
}
