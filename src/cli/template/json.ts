import { isPlainObject, mapEntries, structEntries } from "./value.ts";

/** An object that writes its own JSON text, as a row of a table does. */
export interface JsonText {
  marshalJson(): string;
}

const UNSAFE_ALWAYS = /[\u2028\u2029]/g;
const UNSAFE_IN_HTML = /[<>&\u2028\u2029]/g;

/**
 * JSON as Go's encoder writes it: keys of a `Map` sorted, absent values as null.
 *
 * @param escapeHtml writes `<`, `>` and `&` as `\u003c` and so on, as json.Marshal does
 */
export function formatJson(value: unknown, escapeHtml = false): string {
  if (typeof value !== "object" || value === null) return formatScalar(value, escapeHtml);
  if ("marshalJson" in value) return (value as JsonText).marshalJson();
  if (value instanceof Date) return JSON.stringify(value);
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString("base64"));
  if (value instanceof Map) return formatObject(mapEntries(value), escapeHtml);
  if ("toJSON" in value) return formatJson((value as { toJSON(): unknown }).toJSON(), escapeHtml);
  if (Array.isArray(value)) {
    return `[${value.map((item) => formatJson(item, escapeHtml)).join(",")}]`;
  }
  const entries = isPlainObject(value) ? Object.entries(value) : structEntries(value);
  return formatObject(entries, escapeHtml);
}

function formatObject(entries: readonly [unknown, unknown][], escapeHtml: boolean): string {
  const members = entries
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) => `${formatText(String(key), escapeHtml)}:${formatJson(value, escapeHtml)}`,
    );
  return `{${members.join(",")}}`;
}

function formatScalar(value: unknown, escapeHtml: boolean): string {
  if (typeof value === "string") return formatText(value, escapeHtml);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "function" && value.length === 0) {
    return formatJson(value(), escapeHtml);
  }
  return value === undefined ? "null" : JSON.stringify(value);
}

function formatText(text: string, escapeHtml: boolean): string {
  const unsafe = escapeHtml ? UNSAFE_IN_HTML : UNSAFE_ALWAYS;
  return JSON.stringify(text).replace(
    unsafe,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
