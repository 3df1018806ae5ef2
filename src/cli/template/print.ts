import { quote } from "#errors";
import { formatGeneral } from "./float.ts";
import { isMap, isNil, mapEntries, structEntries, typeName } from "./value.ts";

/** How a container's elements are printed: the verb of `%` and its `+` and `#`. */
export interface ElementFormat {
  readonly scalar: (value: unknown) => string;
  readonly names: boolean;
}

const PLAIN: ElementFormat = { scalar: formatScalar, names: false };

/** A value as Go's `%v` prints it: `[a b]`, `map[a:1 b:2]`, `{x y}`, `<nil>`. */
export function formatValue(value: unknown): string {
  return formatWith(value, PLAIN);
}

/** Arrays, maps and structs in Go's brackets, with their scalars printed by `format`. */
export function formatWith(value: unknown, format: ElementFormat): string {
  if (Array.isArray(value) || value instanceof Uint8Array) {
    return `[${Array.from(value, (item) => formatWith(item, format)).join(" ")}]`;
  }
  if (isNil(value)) return "<nil>";
  if (isMap(value)) return `map[${joinEntries(mapEntries(value), true, format)}]`;
  if (!isContainer(value)) return format.scalar(value);
  return `{${joinEntries(structEntries(value as object), format.names, format)}}`;
}

function joinEntries(
  entries: readonly [unknown, unknown][],
  named: boolean,
  format: ElementFormat,
): string {
  const texts = entries.map(([key, value]) => {
    const text = formatWith(value, format);
    return named
      ? `${named && isContainer(key) ? formatWith(key, format) : String(key)}:${text}`
      : text;
  });
  return texts.join(" ");
}

/** Whether a value prints in brackets, element by element. */
export function isContainer(value: unknown): boolean {
  return typeof value === "object" && !isNil(value) && !isScalarObject(value);
}

function isScalarObject(value: object): boolean {
  return value instanceof Date || value instanceof Error;
}

function formatScalar(value: unknown): string {
  if (isNil(value)) return "<nil>";
  if (typeof value === "number") return formatNumber(value);
  if (value instanceof Date) return formatTime(value);
  if (value instanceof Error) return value.message;
  return typeof value === "function" ? typeName(value) : String(value);
}

/** Whole numbers are Go's int, all others float64. */
export function formatNumber(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : formatGeneral(value);
}

/** Go's time.Time.String() in UTC: `2026-11-22 13:01:26.5 +0000 UTC`. */
export function formatTime(time: Date): string {
  if (Number.isNaN(time.getTime())) return "0001-01-01 00:00:00 +0000 UTC";
  const [date, clock = ""] = time.toISOString().slice(0, -1).split("T");
  return `${date} ${clock.replace(/\.?0+$/, "")} +0000 UTC`;
}

/** `%#v` of the scalars that formats meet. */
export function formatSyntax(value: unknown): string {
  return typeof value === "string" ? quote(value) : formatScalar(value);
}
