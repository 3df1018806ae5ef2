import { quote } from "#errors";
import { formatExponent, formatFixed, formatGeneral, formatInfinite } from "./float.ts";
import { formatSyntax, formatValue, formatWith, isContainer } from "./print.ts";
import { quoteGoChar } from "./quote.ts";
import { isNil, typeName } from "./value.ts";

interface Verb {
  readonly flags: string;
  readonly width: number | undefined;
  readonly precision: number | undefined;
  readonly letter: string;
}

const DIRECTIVE =
  /%([+\-# 0]*)(?:\[(\d+)\])?(\d+|\*)?(?:(\.)(?:\[(\d+)\])?(\d+|\*)?)?(?:\[(\d+)\])?([\s\S]?)/gu;
/** Wider than any terminal; a larger one is an error of the format (Go stops at a million). */
const MAX_WIDTH = 1_000_000;

/**
 * Go's fmt.Sprintf for the values that templates hold.
 *
 * @see https://pkg.go.dev/fmt
 */
export function sprintf(format: string, args: readonly unknown[]): string {
  const reader = new Arguments(args);
  const text = format.replace(
    DIRECTIVE,
    (_, flags, first, width, dot, second, precision, third, letter) => {
      if (letter === "") return "%!(NOVERB)";
      const wide = reader.width(width, first, "BADWIDTH");
      const exact = dot ? reader.width(precision ?? "0", second, "BADPREC") : undefined;
      const errors = reader.takeErrors();
      if (letter === "%") return `${errors}%`;
      const at = width === "*" || precision === "*" ? third : (third ?? second ?? first);
      const left = wide !== undefined && wide < 0 ? "-" : "";
      const verb = {
        flags: flags + left,
        width: wide === undefined ? undefined : Math.abs(wide),
        precision: exact !== undefined && exact < 0 ? undefined : exact,
        letter,
      };
      return errors + reader.next(at, verb);
    },
  );
  return reorders(format) ? text : text + reader.extra();
}

/** Arguments left over are no error in a format that picks them by number. */
function reorders(format: string): boolean {
  return /%[^%a-zA-Z]*\[\d+\]/.test(format);
}

/** The arguments in the order that the directives take them. */
class Arguments {
  private readonly args: readonly unknown[];
  private position = 0;
  private errors = "";

  constructor(args: readonly unknown[]) {
    this.args = args;
  }

  width(text: string | undefined, index: string | undefined, error: string): number | undefined {
    if (text !== "*") return text === undefined ? undefined : Number(text);
    if (index !== undefined) this.seek(index);
    const value = this.args[this.position++];
    if (Number.isInteger(value) && Math.abs(value as number) <= MAX_WIDTH) return value as number;
    this.errors += `%!(${error})`;
    return undefined;
  }

  takeErrors(): string {
    const { errors } = this;
    this.errors = "";
    return errors;
  }

  next(index: string | undefined, verb: Verb): string {
    if (index !== undefined && !this.seek(index)) return `%!${verb.letter}(BADINDEX)`;
    if (this.position >= this.args.length) return `%!${verb.letter}(MISSING)`;
    return formatVerb(this.args[this.position++], verb);
  }

  extra(): string {
    const left = this.args.slice(this.position).map(describe);
    return left.length > 0 ? `%!(EXTRA ${left.join(", ")})` : "";
  }

  private seek(index: string): boolean {
    const at = Number(index) - 1;
    if (at < 0 || at >= this.args.length) return false;
    this.position = at;
    return true;
  }
}

function describe(value: unknown): string {
  if (isNil(value)) return "<nil>";
  return `${typeName(value)}=${formatValue(value)}`;
}

function formatVerb(value: unknown, asked: Verb): string {
  // `%+v` means the names of fields, not the sign of numbers.
  const named = asked.letter === "v" && asked.flags.includes("+");
  const verb = named ? { ...asked, flags: asked.flags.replaceAll("+", "") } : asked;
  if (verb.letter === "T") return pad(isNil(value) ? "<nil>" : typeName(value), verb);
  if (value instanceof Uint8Array && "sqxX".includes(verb.letter)) {
    return formatScalar(new TextDecoder().decode(value), verb);
  }
  const scalar = (element: unknown) => formatScalar(element, verb);
  return isContainer(value) ? formatWith(value, { scalar, names: named }) : scalar(value);
}

function formatScalar(value: unknown, verb: Verb): string {
  const text = scalarText(value, verb);
  return text === undefined ? badVerb(value, verb) : text;
}

function badVerb(value: unknown, { letter }: Verb): string {
  return `%!${letter}(${describe(value)})`;
}

function scalarText(value: unknown, verb: Verb): string | undefined {
  const { letter, flags } = verb;
  if (letter === "v" && flags.includes("#")) return pad(formatSyntax(value), verb);
  if (typeof value === "string") return formatText(value, verb);
  if (typeof value === "number" || typeof value === "bigint") return formatNumeric(value, verb);
  if (typeof value === "boolean") {
    return letter === "t" || letter === "v" ? pad(String(value), verb) : undefined;
  }
  if (letter === "v") return pad(formatValue(value), verb);
  const text = value instanceof Date || value instanceof Error;
  return text ? formatText(formatValue(value), verb) : undefined;
}

function formatText(value: string, verb: Verb): string | undefined {
  const limited =
    verb.precision === undefined ? value : [...value].slice(0, verb.precision).join("");
  switch (verb.letter) {
    case "s":
    case "v":
      return pad(limited, verb);
    case "q":
      return pad(verb.flags.includes("#") ? rawQuote(limited) : quote(limited), verb);
    case "x":
    case "X":
      return pad(formatHexText(value, verb), verb);
    default:
      return undefined;
  }
}

function rawQuote(value: string): string {
  return /[`\p{Cc}]/u.test(value.replaceAll("\t", "")) ? quote(value) : `\`${value}\``;
}

function formatHexText(value: string, { flags, letter, precision }: Verb): string {
  const bytes = Buffer.from(value).subarray(0, precision);
  const pairs = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  const prefix = flags.includes("#") ? "0x" : "";
  const text = flags.includes(" ")
    ? pairs.map((pair) => prefix + pair).join(" ")
    : (pairs.length > 0 ? prefix : "") + pairs.join("");
  return letter === "X" ? text.toUpperCase() : text;
}

function formatNumeric(value: number | bigint, verb: Verb): string | undefined {
  const { letter } = verb;
  if ("eEfFgG".includes(letter)) return padNumber(formatFloat(Number(value), verb), verb);
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    return letter === "v" ? padNumber(formatFloat(value, verb), verb) : undefined;
  }
  if (letter === "c") return pad(String.fromCodePoint(Number(value)), verb);
  if (letter === "q") return pad(quoteGoChar(Number(value)), verb);
  if (letter === "U") {
    return pad(`U+${value.toString(16).toUpperCase().padStart(4, "0")}`, verb);
  }
  const digits = formatInteger(BigInt(value), verb);
  return digits === undefined ? undefined : padNumber(digits, verb);
}

const BASES: Record<string, [number, string]> = {
  d: [10, ""],
  v: [10, ""],
  b: [2, "0b"],
  o: [8, "0"],
  O: [8, "0o"],
  x: [16, "0x"],
  X: [16, "0X"],
};

function formatInteger(value: bigint, { letter, flags, precision }: Verb): string | undefined {
  const base = BASES[letter];
  if (base === undefined) return undefined;
  const magnitude = value < 0n ? -value : value;
  let digits = magnitude.toString(base[0]).padStart(precision ?? 1, "0");
  if (letter === "X") digits = digits.toUpperCase();
  const prefix = flags.includes("#") || letter === "O" ? base[1] : "";
  return sign(value < 0n, flags) + prefix + digits;
}

function sign(negative: boolean, flags: string): string {
  if (negative) return "-";
  if (flags.includes("+")) return "+";
  return flags.includes(" ") ? " " : "";
}

function formatFloat(value: number, { letter, flags, precision }: Verb): string {
  const magnitude = Math.abs(value);
  const negative = value < 0 || Object.is(value, -0);
  if (!Number.isFinite(value)) {
    const text = formatInfinite(value);
    return text === "+Inf" && !flags.includes("+") ? "+Inf" : text;
  }
  const text = formatMagnitude(magnitude, letter.toLowerCase(), precision);
  return sign(negative, flags) + (letter === "E" || letter === "G" ? text.toUpperCase() : text);
}

function formatMagnitude(value: number, letter: string, precision: number | undefined): string {
  if (letter === "e") return formatExponent(value, Math.min(precision ?? 6, 99));
  if (letter === "f") return formatFixed(value, Math.min(precision ?? 6, 99));
  return formatGeneral(value, precision === undefined ? undefined : Math.min(precision, 99));
}

/** Zeros go between the sign and the digits. */
function padNumber(text: string, verb: Verb): string {
  const zeros = verb.flags.includes("0") && !verb.flags.includes("-");
  if (!zeros || verb.width === undefined) return pad(text, verb);
  const [, prefix = "", digits = ""] = /^([+\- ]?(?:0[xXbo])?)(.*)$/.exec(text) ?? [];
  return prefix + digits.padStart(verb.width - prefix.length, "0");
}

/** Pads to the width, counted in characters. */
function pad(text: string, { flags, width = 0 }: Verb): string {
  const missing = Math.min(width, MAX_WIDTH) - [...text].length;
  if (missing <= 0) return text;
  const zero = flags.includes("0") && !flags.includes("-");
  const space = (zero ? "0" : " ").repeat(missing);
  return flags.includes("-") ? text + space : space + text;
}
