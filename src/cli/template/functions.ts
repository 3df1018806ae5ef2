import { fail } from "#errors";
import { equals, equalsAny, isLess } from "./compare.ts";
import { escapeHtml, escapeJs, escapeQuery } from "./escape.ts";
import { indexValue, sliceValue } from "./index-slice.ts";
import { formatJson } from "./json.ts";
import { formatValue } from "./print.ts";
import { sprintf } from "./printf.ts";
import { isNil, isTrue, lengthOf, typeName } from "./value.ts";

/** What a function accepts in one place. */
export type ParameterType = "any" | "string" | "int" | "[]string";

/** A function of the template language. */
export interface TemplateFunction {
  readonly parameters: readonly ParameterType[];
  /** The type of any further arguments; without it there are none. */
  readonly rest: ParameterType | undefined;
  call(...args: unknown[]): unknown;
}

/** What is wrong with an argument, in text/template's words; undefined if it fits. */
export function checkArgument(value: unknown, type: ParameterType): string | undefined {
  if (type === "any" || fits(value, type)) return undefined;
  if (value === undefined) return `invalid value; expected ${type}`;
  return `wrong type for value; expected ${type}; got ${typeName(value)}`;
}

function fits(value: unknown, type: ParameterType): boolean {
  if (type === "string") return typeof value === "string";
  if (type === "int") return Number.isInteger(value);
  if (isNil(value)) return true;
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function define(
  parameters: readonly ParameterType[],
  rest: ParameterType | undefined,
  call: (...args: never[]) => unknown,
): TemplateFunction {
  return { parameters, rest, call: call as TemplateFunction["call"] };
}

function fixed(parameters: readonly ParameterType[], call: (...args: never[]) => unknown) {
  return define(parameters, undefined, call);
}

/** The functions of text/template and those that docker's CLI adds. */
export const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map(
  Object.entries({
    // `and` and `or` evaluate their arguments only as far as needed: see Evaluation.
    and: define(["any"], "any", () => undefined),
    or: define(["any"], "any", () => undefined),
    not: fixed(["any"], (value: unknown) => !isTrue(value)),
    eq: define(["any"], "any", equalsAny),
    ne: fixed(["any", "any"], (a: unknown, b: unknown) => !equals(a, b)),
    lt: fixed(["any", "any"], isLess),
    le: fixed(["any", "any"], (a: unknown, b: unknown) => isLess(a, b) || equals(a, b)),
    gt: fixed(["any", "any"], (a: unknown, b: unknown) => !(isLess(a, b) || equals(a, b))),
    ge: fixed(["any", "any"], (a: unknown, b: unknown) => !isLess(a, b)),
    len: fixed(["any"], len),
    index: define(["any"], "any", indexValue),
    slice: define(["any"], "any", sliceValue),
    call: define(["any"], "any", call),
    print: define([], "any", (...args: unknown[]) => sprint(args)),
    println: define([], "any", (...args: unknown[]) => `${args.map(formatValue).join(" ")}\n`),
    printf: define(["string"], "any", (text: string, ...args: unknown[]) => sprintf(text, args)),
    html: define([], "any", (...args: unknown[]) => escapeHtml(shown(args))),
    js: define([], "any", (...args: unknown[]) => escapeJs(shown(args))),
    urlquery: define([], "any", (...args: unknown[]) => escapeQuery(shown(args))),
    json: fixed(["any"], (value: unknown) => formatJson(value)),
    split: fixed(["string", "string"], (text: string, at: string) => split(text, at)),
    join: fixed(["[]string", "string"], (list: string[] | null, by: string) =>
      (list ?? []).join(by),
    ),
    title: fixed(["string"], title),
    lower: fixed(["string"], (text: string) => text.toLowerCase()),
    upper: fixed(["string"], (text: string) => text.toUpperCase()),
    pad: fixed(["string", "int", "int"], pad),
    truncate: fixed(["string", "int"], truncate),
  }),
);

/** Sprint puts a space between two operands where neither is text. */
function sprint(args: readonly unknown[]): string {
  let out = "";
  for (const [index, arg] of args.entries()) {
    const space = index > 0 && typeof arg !== "string" && typeof args[index - 1] !== "string";
    out += (space ? " " : "") + formatValue(arg);
  }
  return out;
}

/** What escaping functions escape: absent values as the template itself would show them. */
function shown(args: readonly unknown[]): string {
  return sprint(args.map((arg) => (isNil(arg) ? "<no value>" : arg)));
}

function len(value: unknown): number {
  const length = lengthOf(value);
  if (length !== undefined) return length;
  if (isNil(value)) return fail("invalid-argument", "len of nil pointer");
  return fail("invalid-argument", `len of type ${typeName(value)}`);
}

function call(called: unknown, ...args: unknown[]): unknown {
  if (isNil(called)) return fail("invalid-argument", "call of nil");
  if (typeof called !== "function") {
    return fail("invalid-argument", `non-function of type ${typeName(called)}`);
  }
  if (called.length !== args.length) {
    fail("invalid-argument", `wrong number of args: got ${args.length} want ${called.length}`);
  }
  return called(...args);
}

function split(text: string, separator: string): string[] {
  return separator === "" ? [...text] : text.split(separator);
}

/** The first letter of each word in capitals. */
function title(text: string): string {
  return text.replace(/(?<![\p{L}\p{N}_]|[^\p{ASCII}\s])\p{L}/gu, (letter) => letter.toUpperCase());
}

function pad(text: string, before: number, after: number): string {
  if (text === "") return text;
  if (before < 0 || after < 0) fail("invalid-argument", "strings: negative Repeat count");
  return " ".repeat(before) + text + " ".repeat(after);
}

/** Cuts to a length in bytes. */
function truncate(text: string, length: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length < length) return text;
  if (length < 0) fail("invalid-argument", `slice bounds out of range [:${length}]`);
  return bytes.subarray(0, length).toString();
}
