import { fail } from "#errors";
import type { FlagSpec } from "./definition.ts";

/**
 * The value of a flag after one more occurrence of it.
 *
 * @param previous the value so far, or the default
 * @throws Error that says what is wrong with the text
 */
export function parseValue(spec: FlagSpec, text: string, previous: unknown): unknown {
  switch (spec.type) {
    case "bool":
      return parseBool(text);
    case "string":
      return text;
    case "int":
    case "uint":
      return parseInteger(text, spec.type);
    case "float":
      return parseFloat64(text);
    case "duration":
      return parseDuration(text);
    case "bytes":
      return spec.unlimited && text === "-1" ? -1 : parseBytes(text);
    case "list":
      spec.check?.(text);
      return [...(previous as readonly string[]), text];
    case "map":
      return addEntry(previous as ReadonlyMap<string, string>, text);
    case "count":
      return text === "+1" ? (previous as number) + 1 : parseInteger(text, "int");
    case "enum":
      return parseChoice(text, spec.choices);
    case "custom":
      return spec.parse(text, previous);
  }
}

function addEntry(map: ReadonlyMap<string, string>, text: string): ReadonlyMap<string, string> {
  const at = text.indexOf("=");
  const [key, value] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  return new Map([...map, [key, value]]);
}

const TRUE = ["1", "t", "T", "TRUE", "true", "True"];
const FALSE = ["0", "f", "F", "FALSE", "false", "False"];

/** A truth value as Go reads one (strconv.ParseBool). */
export function parseBool(text: string): boolean {
  if (TRUE.includes(text)) return true;
  return FALSE.includes(text) ? false : badSyntax("ParseBool", text);
}

function parseInteger(text: string, type: "int" | "uint"): number {
  const call = type === "int" ? "ParseInt" : "ParseUint";
  const [, sign = "", digits = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  const octal = /^0[0-7]+$/.test(digits);
  const known = /^(?:0|[1-9]\d*|0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/.test(digits);
  if (!(octal || known) || (type === "uint" && sign !== "")) return badSyntax(call, text);
  const size = BigInt(octal ? `0o${digits.slice(1)}` : digits.toLowerCase());
  const limit = type === "uint" ? 2n ** 64n - 1n : sign === "-" ? 2n ** 63n : 2n ** 63n - 1n;
  if (size > limit) outOfRange(call, text);
  return Number(sign === "-" ? -size : size);
}

function parseFloat64(text: string): number {
  const valid = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text);
  if (!valid) return badSyntax("ParseFloat", text);
  const value = Number(text);
  return Number.isFinite(value) ? value : outOfRange("ParseFloat", text);
}

function badSyntax(call: string, text: string): never {
  return fail(
    "invalid-argument",
    `strconv.${call}: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}

function outOfRange(call: string, text: string): never {
  const problem = `parsing ${JSON.stringify(text)}: value out of range`;
  return fail("invalid-argument", `strconv.${call}: ${problem}`);
}

function parseChoice(text: string, choices: readonly string[]): string {
  if (choices.includes(text)) return text;
  return fail("invalid-argument", `must be one of ${choices.map((c) => `"${c}"`).join(", ")}`);
}

const UNITS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Milliseconds of a Go duration: `300ms`, `-1.5h`, `2h45m`.
 *
 * @throws KindedError `invalid-argument` in Go's words
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function parseDuration(text: string): number {
  const quoted = JSON.stringify(text);
  const [, sign, body = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (body === "0") return 0;
  if (!/^\.?\d/.test(body)) fail("invalid-argument", `time: invalid duration ${quoted}`);
  let total = 0;
  for (let rest = body; rest !== ""; ) {
    const [part = "", number, unit = ""] = /^(\d+\.?\d*|\.\d+)([^.\d]*)/.exec(rest) ?? [];
    if (part === "") fail("invalid-argument", `time: invalid duration ${quoted}`);
    if (unit === "") fail("invalid-argument", `time: missing unit in duration ${quoted}`);
    const scale = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
    if (scale === undefined) {
      const unknown = `unknown unit ${JSON.stringify(unit)} in duration ${quoted}`;
      return fail("invalid-argument", `time: ${unknown}`);
    }
    total += Number(number) * scale;
    rest = rest.slice(part.length);
  }
  return sign === "-" ? -total : total;
}

/**
 * Bytes of a size in binary units: `512`, `64k`, `1.5GiB`, `10 MB`.
 *
 * @throws KindedError `invalid-argument` in the words of docker's CLI
 * @see https://pkg.go.dev/github.com/docker/go-units#RAMInBytes
 */
export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d*)?|\.\d+) ?([^\d. ]*)$/.exec(text);
  if (match === null) return fail("invalid-argument", `invalid size: '${text}'`);
  const [, number, suffix = ""] = match;
  const unit = /^(?:b|([kmgtp])(?:i?b)?)?$/i.exec(suffix);
  if (unit === null) return fail("invalid-argument", `invalid suffix: '${suffix.toLowerCase()}'`);
  const power = unit[1] === undefined ? 0 : "kmgtp".indexOf(unit[1].toLowerCase()) + 1;
  return Math.floor(Number(number) * 1024 ** power);
}
