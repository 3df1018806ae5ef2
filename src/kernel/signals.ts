import { constants } from "node:os";
import { fail } from "#errors";

const SIGRTMIN = 34;
const SIGRTMAX = 64;
const numbers: Readonly<Record<string, number>> = { ...constants.signals, SIGRTMIN, SIGRTMAX };
const names = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/**
 * A signal's number from what people write: `9`, `KILL`, `sigkill`, `SIGRTMIN+3`. Fails with
 * `invalid-argument` in Docker's words.
 */
export function parseSignal(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : namedSignal(text.toUpperCase());
  if (number === undefined || number < 1 || number > SIGRTMAX)
    fail("invalid-argument", `invalid signal: ${text}`);
  return number;
}

/** `SIGTERM` for 15; real-time signals as `SIGRTMIN+n`. */
export function formatSignal(number: number): string {
  const name = names.get(number);
  if (name !== undefined) return name;
  return number === SIGRTMIN ? "SIGRTMIN" : `SIGRTMIN+${number - SIGRTMIN}`;
}

function namedSignal(text: string): number | undefined {
  const name = text.startsWith("SIG") ? text : `SIG${text}`;
  const [, base, sign, offset] = /^(SIGRTMIN|SIGRTMAX)([+-])(\d+)$/.exec(name) ?? [];
  if (base === undefined) return numbers[name];
  const number = numbers[base]! + (sign === "+" ? 1 : -1) * Number(offset);
  return number >= SIGRTMIN ? number : undefined;
}
