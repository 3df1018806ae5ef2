import { fail } from "#errors";
import { formatValue } from "./print.ts";
import { isNil, typeName } from "./value.ts";

type Kind = "bool" | "number" | "string" | "nil" | "other";

function kindOfValue(value: unknown): Kind {
  if (isNil(value)) return "nil";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number" || typeof value === "bigint") return "number";
  return typeof value === "string" ? "string" : "other";
}

/** `eq a b c`: whether `a` equals any of the others. */
export function equalsAny(value: unknown, ...others: unknown[]): boolean {
  if (others.length === 0) fail("invalid-argument", "missing argument for comparison");
  return others.some((other) => equals(value, other));
}

export function equals(a: unknown, b: unknown): boolean {
  const kind = kindOfValue(a);
  const other = kindOfValue(b);
  if (kind === "nil" || other === "nil") return kind === other;
  if (kind !== other) fail("invalid-argument", "incompatible types for comparison");
  if (kind === "other") return same(a, b);
  // biome-ignore lint/suspicious/noDoubleEquals: 1 and 1n are the same integer
  return a == b;
}

function same(a: unknown, b: unknown): boolean {
  const text = typeName(b);
  if (/^(?:map|\[\]|func)/.test(text)) {
    fail("invalid-argument", `non-comparable type ${formatValue(b)}: ${text}`);
  }
  return a instanceof Date && b instanceof Date ? a.getTime() === b.getTime() : a === b;
}

/** `lt a b`, defined for numbers and text. */
export function isLess(a: unknown, b: unknown): boolean {
  const kind = orderedKind(a);
  if (kind !== orderedKind(b)) fail("invalid-argument", "incompatible types for comparison");
  if (kind === "bool") fail("invalid-argument", "invalid type for comparison");
  return (a as number) < (b as number);
}

function orderedKind(value: unknown): Kind {
  const kind = kindOfValue(value);
  if (kind === "nil" || kind === "other") fail("invalid-argument", "invalid type for comparison");
  return kind;
}
