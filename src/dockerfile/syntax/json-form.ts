import { refuse } from "./refusal.ts";
import { trimStart } from "./space.ts";

/**
 * The strings of an exec form such as `["a", "b"]`, or nothing when the text is not a JSON array,
 * which makes it a shell form. An array with anything but strings in it is refused.
 */
export function parseJsonForm(text: string): string[] | undefined {
  const start = trimStart(text);
  if (!start.startsWith("[")) return undefined;
  const value = parseJson(start);
  if (!Array.isArray(value)) return undefined;
  return value.map((item: unknown) => {
    if (typeof item === "string") return item.toWellFormed();
    return refuse("when using JSON array syntax, arrays must be comprised of strings only");
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
