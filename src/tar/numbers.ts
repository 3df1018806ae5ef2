import { fail } from "#errors";

/**
 * A numeric header field: octal text, or GNU's base-256 when the first bit is set (two's
 * complement, so it can be negative). An empty field is 0.
 */
export function parseNumber(block: Buffer, at: number, length: number, what: string): number {
  if (block[at]! & 0x80) return parseBase256(block.subarray(at, at + length), what);
  let i = at;
  const end = at + length;
  while (i < end && isBlank(block[i]!)) i++;
  let value = 0;
  for (; i < end && isOctal(block[i]!); i++) value = value * 8 + block[i]! - 0x30;
  if (i < end && !isBlank(block[i]!)) fail("invalid-argument", `${what} is not an octal number`);
  return value;
}

function parseBase256(field: Buffer, what: string): number {
  const bits = BigInt(field.length * 8 - 1);
  const value = BigInt.asIntN(Number(bits), BigInt(`0x${field.toString("hex")}`));
  const number = Number(value);
  return Number.isSafeInteger(number)
    ? number
    : fail("invalid-argument", `${what} is absurd (${value})`);
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0;
}

function isOctal(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x37;
}

/** A decimal number of a pax record or sparse map: digits only, at most 2^53 - 1. */
export function parseDecimal(text: string, what: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value)
    ? value
    : fail("invalid-argument", `${what} is not a sensible number: ${text.slice(0, 40)}`);
}

/** Whether a number can stand in an octal field of this many digits. */
export function fitsOctal(value: number, digits: number): boolean {
  return value >= 0 && value < 8 ** digits;
}

/** Writes octal digits with leading zeros; the NUL after them is there already. */
export function writeOctal(block: Buffer, at: number, digits: number, value: number): void {
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    block[i] = 0x30 + (rest % 8);
    rest = Math.floor(rest / 8);
  }
}
