import { quote } from "#errors";
import { refuse } from "../syntax/refusal.ts";

const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** A duration such as `1h30m` or `1.5s` in nanoseconds (Go's `time.ParseDuration`). */
export function parseDuration(text: string): number {
  const unsigned = text.replace(/^[-+]/, "");
  if (unsigned === "0") return 0;
  const part = /(\d+\.?\d*|\.\d+)([^\d.]*)/y;
  let total = 0;
  while (part.lastIndex < unsigned.length) {
    const match = part.exec(unsigned) ?? badDuration(text, "invalid duration");
    total += Number(match[1]) * unitOf(match[2]!, text);
  }
  if (unsigned === "") badDuration(text, "invalid duration");
  return Math.round(text.startsWith("-") ? -total : total);
}

function unitOf(unit: string, text: string): number {
  if (unit === "") badDuration(text, "missing unit in duration");
  if (!Object.hasOwn(NANOSECONDS, unit))
    badDuration(text, `unknown unit ${quote(unit)} in duration`);
  return NANOSECONDS[unit]!;
}

function badDuration(text: string, problem: string): never {
  return refuse(`time: ${problem} ${quote(text)}: write a number and a unit, such as 30s or 1m30s`);
}

/** A size such as `64m` or `1.5GiB` in bytes, the units being powers of 1024; nothing if none. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+\.?\d*|\.\d+) ?(?:([kmgtp])i?)?b?$/i.exec(text.trim());
  if (match === null) return undefined;
  const power = "kmgtp".indexOf((match[2] ?? " ").toLowerCase()) + 1;
  return Math.floor(Number(match[1]) * 1024 ** power);
}

/** True or false in the words Go's `strconv.ParseBool` takes; nothing for any other. */
export function parseBoolean(text: string): boolean | undefined {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return true;
  return ["0", "f", "F", "false", "FALSE", "False"].includes(text) ? false : undefined;
}
