import { quote } from "#errors";
import { unquoteGo } from "./quote.ts";

const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);

/**
 * The value of a Go number or character constant. Integers that a double cannot hold exactly come
 * back as bigint.
 */
export function parseNumber(source: string): number | bigint | { error: string } {
  if (source.startsWith("'")) return parseCharacter(source);
  const illegal = { error: `illegal number syntax: ${quote(source)}` };
  const digits = source.replace(/(?<=[\da-fA-FxXoObB])_(?=[\da-fA-F])/g, "");
  if (digits.includes("_")) return illegal;
  const integer = parseInteger(digits);
  if (integer !== undefined) return fitInteger(integer, source);
  if (/^[+-]?0[xX].*[pP]/.test(digits)) return parseHexFloat(digits) ?? illegal;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(digits)) return illegal;
  const float = Number(digits);
  return Number.isFinite(float) ? float : illegal;
}

function parseCharacter(source: string): number | { error: string } {
  const value = unquoteGo(source);
  const points = [...(value ?? "")];
  if (value === undefined || value === "") return { error: "invalid syntax" };
  if (points.length !== 1) return { error: `malformed character constant: ${source}` };
  return points[0]?.codePointAt(0) ?? 0;
}

/** Go's integer literals: decimal, 0x, 0o, 0b, and a bare leading 0 for octal. */
function parseInteger(text: string): bigint | undefined {
  const [, sign, body = ""] = /^([+-]?)(.*)$/.exec(text) ?? [];
  const octal = /^0[0-7]+$/.test(body);
  const known = /^(?:0|[1-9]\d*|0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/.test(body);
  if (!octal && !known) return undefined;
  const value = BigInt(octal ? `0o${body.slice(1)}` : body.toLowerCase());
  return sign === "-" ? -value : value;
}

function fitInteger(value: bigint, source: string): number | bigint | { error: string } {
  if (value > MAX_INT || value < MIN_INT) return { error: `integer overflow: ${quote(source)}` };
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function parseHexFloat(text: string): number | undefined {
  const match = /^([+-]?)0[xX]([\da-fA-F]*)\.?([\da-fA-F]*)[pP]([+-]?\d+)$/.exec(text);
  const [, sign, whole = "", fraction = "", exponent = "0"] = match ?? [];
  if (whole + fraction === "") return undefined;
  const mantissa = Number(BigInt(`0x${whole}${fraction}`));
  const value = mantissa * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === "-" ? -value : value;
}
