import { parseUlimit, type ThrottleDevice, type UlimitConfig } from "#container";
import { fail } from "#errors";
import { parseBytes } from "../flags/index.ts";

const NANO_DIGITS = 9;
const LEAST_WEIGHT = 10;
const MOST_WEIGHT = 1000;
const RATE_FORMAT = "The correct format is <device-path>:<number>";

/** One more `--ulimit`; the last of a name counts. */
export function addUlimit(text: string, previous: readonly UlimitConfig[] = []): UlimitConfig[] {
  const added = parseUlimit(text);
  return [...previous.filter(({ Name }) => Name !== added.Name), added];
}

/** One more `--device-read-bps` and the like: `PATH:RATE`, the rate a size. */
export function addBpsRate(text: string, previous: readonly ThrottleDevice[] = []) {
  const [path, rate] = splitDevice(text);
  const words = `${RATE_FORMAT}[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb`;
  return [...previous, { Path: path, Rate: orFail(() => parseBytes(rate), text, words) }];
}

/** One more `--device-read-iops` and the like: `PATH:NUMBER`. */
export function addIopsRate(text: string, previous: readonly ThrottleDevice[] = []) {
  const [path, rate] = splitDevice(text);
  const words = `${RATE_FORMAT}. Number must be a positive integer`;
  if (!/^\d+$/.test(rate)) failRate(text, words);
  return [...previous, { Path: path, Rate: Number(rate) }];
}

/** One more `--blkio-weight-device`: `PATH:WEIGHT`. */
export function addWeight(
  text: string,
  previous: readonly { Path: string; Weight: number }[] = [],
): { Path: string; Weight: number }[] {
  const [path, weight] = splitDevice(text);
  const inRange = Number(weight) >= LEAST_WEIGHT && Number(weight) <= MOST_WEIGHT;
  if (!/^\d+$/.test(weight) || (Number(weight) !== 0 && !inRange))
    fail("invalid-argument", `invalid weight for device: ${text}`);
  return [...previous, { Path: path, Weight: Number(weight) }];
}

function splitDevice(text: string): [path: string, value: string] {
  const at = text.indexOf(":");
  if (at < 0) fail("invalid-argument", `bad format: ${text}`);
  if (!text.startsWith("/dev/")) fail("invalid-argument", `bad format for device path: ${text}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function orFail(parse: () => number, text: string, words: string): number {
  try {
    return parse();
  } catch {
    return failRate(text, words);
  }
}

function failRate(text: string, words: string): never {
  return fail("invalid-argument", `invalid rate for device: ${text}. ${words}`);
}

/**
 * Billionths of CPUs: `1.5`, `1/2`, `2e-1`. Fails with `invalid-argument` in the words of
 * docker's CLI.
 */
export function parseCpus(text: string): number {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3})|\/(\d+))?$/i.exec(text);
  const [, sign, whole = "", broken = "", power = "0", divisor = "1"] = match ?? [];
  if (match === null || whole + broken === "" || Number(divisor) === 0)
    return fail("invalid-argument", `failed to parse ${text} as a rational number`);
  const shift = NANO_DIGITS - broken.length + Number(power);
  const digits = BigInt(whole + broken);
  const [over, under] =
    shift < 0 ? [digits, 10n ** BigInt(-shift)] : [digits * 10n ** BigInt(shift), 1n];
  const all = under * BigInt(divisor);
  if (over % all !== 0n) fail("invalid-argument", "value is too precise");
  return Number(sign === "-" ? -(over / all) : over / all);
}
