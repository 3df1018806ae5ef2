import { collect } from "#bytes";
import { printable } from "./printable.ts";
import type { HttpResponse } from "./transport.ts";

/** One entry of an error body (distribution spec, "Error Codes"). */
export interface SpecError {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

const MOST_BYTES = 64 << 10;
const MOST_ERRORS = 5;

/** The errors that a response names, its body read; none when the body is no error body. */
export async function specErrors(response: HttpResponse): Promise<readonly SpecError[]> {
  try {
    const text = new TextDecoder().decode(await collect(response.body, MOST_BYTES));
    return errorsIn(JSON.parse(text));
  } catch {
    return [];
  }
}

function errorsIn(body: unknown): readonly SpecError[] {
  const { errors, details, message } = Object(body) as Record<string, unknown>;
  if (!Array.isArray(errors)) return plainError(details ?? message);
  return errors.slice(0, MOST_ERRORS).map((entry: unknown) => {
    const { code, message, detail } = Object(entry) as Record<string, unknown>;
    return { code: text(code) || "UNKNOWN", message: text(message), detail };
  });
}

/** Token services and proxies answer `{"details": "…"}` or `{"message": "…"}`. */
function plainError(message: unknown): readonly SpecError[] {
  return text(message) ? [{ code: "UNKNOWN", message: text(message) }] : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? printable(value) : "";
}

/** As Docker prints them: `manifest unknown: manifest unknown`, several after each other. */
export function formatErrors(errors: readonly SpecError[]): string {
  return errors.map(({ code, message }) => `${words(code)}: ${message || words(code)}`).join("; ");
}

function words(code: string): string {
  return code.toLowerCase().replaceAll("_", " ");
}
